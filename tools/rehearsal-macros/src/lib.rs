//! The attributes behind rehearsal's `#[tokio::main]` and `#[rehearsal::test]`. They are written without a
//! parser of Rust, so that they cost nothing to build: a function has its name after `fn`, and ends in its
//! body, and that is all that has to be known.

mod explored;

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// Runs an `async fn` on the rehearsal's tokio; the mirror of `#[tokio::main]`.
///
/// Of tokio's options it knows `flavor` and `worker_threads`. They matter on the pace `off` alone:
/// elsewhere one thread plays.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand("::rehearsal::tokio::run", &options, item)
}

/// The same for a program that talks to sockets and files; its usual pace is `real`.
#[proc_macro_attribute]
pub fn outside_main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand("::rehearsal::outside::tokio::run", &options, item)
}

/// Runs an `async fn` as a test, on the rehearsal's tokio; the mirror of `#[tokio::test]`.
///
/// Of tokio's options it knows those of `main`, and `start_paused`, which matters on the pace `off` alone:
/// in a rehearsal the clock always is.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let (options, paused) = match without_start_paused(options) {
        Ok(parted) => parted,
        Err((span, message)) => return compile_error(span, message),
    };
    let run = match paused {
        true => "::rehearsal::tokio::run_paused",
        // Unlike `main`, a test is on the current thread if nothing is said.
        false if options.to_string().contains("multi_thread") => "::rehearsal::tokio::run",
        false => "::rehearsal::tokio::run_test",
    };
    let attribute: TokenStream =
        "#[::core::prelude::v1::test]".parse().expect("an attribute is valid Rust");
    attribute.into_iter().chain(expand(run, &options, item)).collect()
}

/// The `#[rehearsal::test]`: rehearsal's documentation tells what it does.
#[proc_macro_attribute]
pub fn explored_test(options: TokenStream, item: TokenStream) -> TokenStream {
    explored::test(options, item)
}

/// Takes `start_paused = true` out of the options.
fn without_start_paused(options: TokenStream) -> Result<(TokenStream, bool), (Span, &'static str)> {
    let (mut left, mut paused) = (Vec::new(), false);
    let tokens: Vec<TokenTree> = options.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    for option in tokens.split(is_comma).filter(|option| !option.is_empty()) {
        let words: Vec<String> = option.iter().map(ToString::to_string).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["start_paused", "=", value @ ("true" | "false")] => paused = *value == "true",
            ["start_paused", ..] => {
                return Err((option[0].span(), "`start_paused` is `true` or `false`"));
            }
            _ => {
                left.extend(option.iter().cloned());
                left.push(TokenTree::Punct(Punct::new(',', Spacing::Alone)));
            }
        }
    }
    Ok((left.into_iter().collect(), paused))
}

fn expand(run: &str, options: &TokenStream, item: TokenStream) -> TokenStream {
    try_expand(run, options, item).unwrap_or_else(|(span, message)| compile_error(span, message))
}

fn try_expand(
    run: &str,
    options: &TokenStream,
    item: TokenStream,
) -> Result<TokenStream, (Span, &'static str)> {
    let worker_threads = worker_threads(options)?;
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else {
        return Err((Span::call_site(), "#[tokio::main] goes before an `async fn` with a body"));
    };
    let is_async =
        |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "async");
    let Some(keyword) = tokens.iter().position(is_async) else {
        return Err((body.span(), "the `async` keyword is missing from the function declaration"));
    };
    tokens.remove(keyword);

    let call: TokenStream =
        format!("{run}({worker_threads}, async)").parse().expect("a call is valid Rust");
    let call = call.into_iter().map(|token| match token {
        TokenTree::Group(arguments) => {
            let mut arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
            arguments.push(TokenTree::Group(body.clone()));
            TokenTree::Group(Group::new(Delimiter::Parenthesis, arguments.into_iter().collect()))
        }
        other => other,
    });
    let mut new_body = Group::new(Delimiter::Brace, call.collect());
    new_body.set_span(body.span());
    tokens.push(TokenTree::Group(new_body));
    Ok(tokens.into_iter().collect())
}

/// What `flavor` and `worker_threads` say: an expression of the type `Option<usize>`, 0 for no pool.
fn worker_threads(options: &TokenStream) -> Result<String, (Span, &'static str)> {
    const WRONG: &str = "of tokio's options, rehearsal knows `flavor = \"current_thread\"`, \
                         `flavor = \"multi_thread\"` and `worker_threads = N`";
    let (mut flavor, mut threads) = (None, None);
    let tokens: Vec<TokenTree> = options.clone().into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    for option in tokens.split(is_comma).filter(|option| !option.is_empty()) {
        let span = option[0].span();
        let [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(value)] = option
        else {
            return Err((span, WRONG));
        };
        let value = value.to_string();
        let known = match (name.to_string().as_str(), value.as_str()) {
            ("flavor", "\"current_thread\"" | "\"multi_thread\"") => &mut flavor,
            ("worker_threads", number) if number.parse().is_ok_and(|number: usize| number > 0) => {
                &mut threads
            }
            ("worker_threads", _) => {
                return Err((span, "`worker_threads` is a number of threads, and not 0"));
            }
            _ => return Err((span, WRONG)),
        };
        if equals.as_char() != '=' {
            return Err((span, WRONG));
        }
        if known.replace(value).is_some() {
            return Err((span, "this option is set twice"));
        }
    }
    match (flavor.as_deref(), threads) {
        (Some("\"current_thread\""), Some(_)) => Err((
            Span::call_site(),
            "the `worker_threads` option requires the `multi_thread` runtime flavor",
        )),
        (Some("\"current_thread\""), None) => Ok("::core::option::Option::Some(0)".to_owned()),
        (_, Some(number)) => Ok(format!("::core::option::Option::Some({number})")),
        (_, None) => Ok("::core::option::Option::None".to_owned()),
    }
}

fn compile_error(span: Span, message: &str) -> TokenStream {
    let text: TokenStream = format!("{message:?}").parse().expect("a string literal is valid Rust");
    let mut arguments = Group::new(Delimiter::Brace, text);
    arguments.set_span(span);
    let bang: TokenStream = "!".parse().expect("an exclamation mark is valid Rust");
    let mut error = TokenStream::from(TokenTree::Ident(Ident::new("compile_error", span)));
    error.extend(bang);
    error.extend([TokenTree::Group(arguments)]);
    error
}
