//! `#[rehearsal::test]`: the function becomes the body of a test, and its options calls of a builder.

use crate::compile_error;
use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

type Refusal = (Span, &'static str);

const NOT_A_TEST: &str = "#[rehearsal::test] goes before a `fn` or an `async fn` without arguments";

pub(crate) fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    try_test(options, item).unwrap_or_else(|(span, message)| compile_error(span, message))
}

fn try_test(options: TokenStream, item: TokenStream) -> Result<TokenStream, Refusal> {
    let explorer = explorer(options)?;
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    let (attributes, function) = tokens.split_at(attributes(&tokens));
    let keyword = function.iter().position(|token| is_word(token, "fn"));
    let keyword = keyword.ok_or((Span::call_site(), NOT_A_TEST))?;
    let is_async = function[..keyword].iter().any(|token| is_word(token, "async"));
    let name = match &function[keyword + 1..] {
        [TokenTree::Ident(name), TokenTree::Group(arguments), ..]
            if arguments.delimiter() == Delimiter::Parenthesis && arguments.stream().is_empty() =>
        {
            name.clone()
        }
        [token, ..] => return Err((token.span(), NOT_A_TEST)),
        [] => return Err((Span::call_site(), NOT_A_TEST)),
    };
    let body = match is_async {
        true => {
            format!("(|| ::rehearsal::tokio::run_test(::core::option::Option::None, {name}()))")
        }
        false => format!("({name})"),
    };

    // The function stands within the test, under the same name.
    let mut inner: TokenStream = function.iter().cloned().collect();
    inner.extend(explorer);
    inner.extend(rust(&format!(".explore{body};")));
    let mut outer = rust("#[::core::prelude::v1::test]");
    outer.extend(attributes.iter().cloned());
    outer.extend([TokenTree::Ident(Ident::new("fn", name.span())), TokenTree::Ident(name)]);
    outer.extend([
        TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new())),
        TokenTree::Group(Group::new(Delimiter::Brace, inner)),
    ]);
    Ok(outer)
}

/// `schedules = 200, seed = 7` as calls. Which there are, `rehearsal::Explorer` alone knows: of another one the compiler
/// says that it has no such method, and which has a name like that.
fn explorer(options: TokenStream) -> Result<TokenStream, Refusal> {
    const WRONG: &str = "an option is like `schedules = 200`: rehearsal::Explorer lists them";
    let mut calls = rust("::rehearsal::Explorer::new()");
    let tokens: Vec<TokenTree> = options.into_iter().collect();
    let mut named: Vec<String> = Vec::new();
    for option in tokens.split(|token| is_punct(token, ',')).filter(|option| !option.is_empty()) {
        let [TokenTree::Ident(name), equals, value @ ..] = option else {
            return Err((option[0].span(), WRONG));
        };
        if !is_punct(equals, '=') || value.is_empty() {
            return Err((name.span(), WRONG));
        }
        if named.contains(&name.to_string()) {
            return Err((name.span(), "this option is set twice"));
        }
        named.push(name.to_string());
        calls.extend(rust("."));
        calls.extend([TokenTree::Ident(name.clone())]);
        let value = value.iter().cloned().collect();
        calls.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, value))]);
    }
    Ok(calls)
}

/// How many tokens the attributes before an item are.
fn attributes(tokens: &[TokenTree]) -> usize {
    tokens.chunks(2).take_while(|pair| is_punct(&pair[0], '#')).count() * 2
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn rust(text: &str) -> TokenStream {
    text.parse().expect("it is valid Rust")
}
