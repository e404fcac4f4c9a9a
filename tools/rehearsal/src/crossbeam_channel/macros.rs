//! The macros `select!` and `select_biased!`.

/// Waits for one of several operations on queues; the mirror of `crossbeam_channel::select!`.
///
/// ```
/// use rehearsal::{crossbeam_channel::{select, unbounded}, time::Duration};
///
/// let (_queue, items) = unbounded::<u32>();
/// let (urgent, orders) = unbounded();
/// urgent.send("stop").unwrap();
/// let first = select! {
///     recv(items) -> item => format!("item {item:?}"),
///     recv(orders) -> order => format!("order {}", order.unwrap()),
///     default(Duration::from_millis(5)) => String::from("nothing"),
/// };
/// assert_eq!(first, "order stop");
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)*) => {{
        #[allow(unused_mut, reason = "a selection may consist of its default alone")]
        let mut select = $crate::crossbeam_channel::Select::new();
        $crate::__select!(select [] [(::core::option::Option::None) ::core::unreachable!()] $($arms)*)
    }};
}

/// Like [`select!`](crate::select), and takes the first of several operations that are ready.
///
/// ```
/// use rehearsal::crossbeam_channel::{select_biased, unbounded};
///
/// let (urgent, orders) = unbounded();
/// let (queue, items) = unbounded();
/// queue.send("item").unwrap();
/// urgent.send("order").unwrap();
/// let first = select_biased! {
///     recv(orders) -> order => order,
///     recv(items) -> item => item,
/// };
/// assert_eq!(first, Ok("order"));
/// ```
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => {{
        #[allow(unused_mut, reason = "a selection may consist of its default alone")]
        let mut select = $crate::crossbeam_channel::Select::new_biased();
        $crate::__select!(select [] [(::core::option::Option::None) ::core::unreachable!()] $($arms)*)
    }};
}

/// Takes the arms one by one: `selection [arms so far] [(timeout) default] rest…`.
///
/// What an arm waits at stands in a `match`, so that a value made there lives as long as the selection.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    // A comma after a block.
    ($s:ident [$($arms:tt)*] [$($default:tt)*] , $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [$($default)*] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] recv($r:expr $(,)?) -> $p:pat => $body:block $($rest:tt)*) => {
        match $r { ref operand => {
            let operand: &$crate::crossbeam_channel::Receiver<_> = operand;
            let index = $s.recv(operand);
            $crate::__select!($s [$($arms)* {recv index operand () $p => $body}] [$($default)*] $($rest)*)
        }}
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] recv($r:expr $(,)?) -> $p:pat => $body:expr $(, $($rest:tt)*)?) => {
        match $r { ref operand => {
            let operand: &$crate::crossbeam_channel::Receiver<_> = operand;
            let index = $s.recv(operand);
            $crate::__select!($s [$($arms)* {recv index operand () $p => $body}] [$($default)*] $($($rest)*)?)
        }}
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] send($r:expr, $m:expr $(,)?) -> $p:pat => $body:block $($rest:tt)*) => {
        match $r { ref operand => {
            let operand: &$crate::crossbeam_channel::Sender<_> = operand;
            let index = $s.send(operand);
            $crate::__select!($s [$($arms)* {send index operand ($m) $p => $body}] [$($default)*] $($rest)*)
        }}
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] send($r:expr, $m:expr $(,)?) -> $p:pat => $body:expr $(, $($rest:tt)*)?) => {
        match $r { ref operand => {
            let operand: &$crate::crossbeam_channel::Sender<_> = operand;
            let index = $s.send(operand);
            $crate::__select!($s [$($arms)* {send index operand ($m) $p => $body}] [$($default)*] $($($rest)*)?)
        }}
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default $(())? => $body:block $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some(::core::time::Duration::ZERO)) $body] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default $(())? => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some(::core::time::Duration::ZERO)) $body] $($($rest)*)?)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default($t:expr $(,)?) => $body:block $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some($t)) $body] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default($t:expr $(,)?) => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some($t)) $body] $($($rest)*)?)
    };
    ($s:ident [$({$kind:ident $index:ident $operand:ident ($($m:expr)?) $p:pat => $body:expr})*] [($t:expr) $default:expr]) => {{
        // What was selected is moved as a whole before an arm goes on, so that the arm may change what it waited at.
        let selected = $crate::crossbeam_channel::go(&mut $s, $t);
        let chosen = selected.as_ref().map(|selected| selected.index());
        if chosen.is_none() {
            ::core::mem::drop(selected);
            $default
        } $(else if chosen == ::core::option::Option::Some($index) {
            let selected = selected.expect("an operation has been chosen");
            let $p = selected.$kind($operand $(, $m)?);
            $body
        })* else {
            ::core::unreachable!("each operation has an arm")
        }
    }};
}
