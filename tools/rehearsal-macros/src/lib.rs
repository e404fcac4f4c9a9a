//! The attribute behind rehearsal's `#[tokio::main]`. It is written without a parser of Rust, so that it
//! costs nothing to build: an `async fn` ends in its body, and that is all that has to be known.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// Runs an `async fn` on the rehearsal's tokio; the mirror of `#[tokio::main]`.
///
/// Of tokio's options it knows `flavor` and `worker_threads`. They matter on the pace `off` alone:
/// elsewhere one thread plays.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    match expand(&options, item) {
        Ok(expanded) => expanded,
        Err((span, message)) => compile_error(span, message),
    }
}

fn expand(options: &TokenStream, item: TokenStream) -> Result<TokenStream, (Span, &'static str)> {
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

    let call: TokenStream = format!("::rehearsal::tokio::run({worker_threads}, async)")
        .parse()
        .expect("a call is valid Rust");
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
    let mut threads = "::core::option::Option::None".to_owned();
    let tokens: Vec<TokenTree> = options.clone().into_iter().collect();
    for option in
        tokens.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
    {
        let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(value)] = option
        else {
            match option.first() {
                None => continue,
                Some(token) => return Err((token.span(), WRONG)),
            }
        };
        match (name.to_string().as_str(), value.to_string().as_str()) {
            ("flavor", "\"current_thread\"") => {
                threads = "::core::option::Option::Some(0)".to_owned()
            }
            ("flavor", "\"multi_thread\"") => {}
            ("worker_threads", number) => {
                threads = format!("::core::option::Option::Some({number})")
            }
            _ => return Err((name.span(), WRONG)),
        }
    }
    Ok(threads)
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
