//! Stands for crossbeam-utils: its scope, with the rehearsal's threads.

pub mod thread {
    use rehearsal::thread as mirrored;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    pub struct Scope<'scope, 'env>(&'scope mirrored::Scope<'scope, 'env>);

    pub fn scope<'env, T>(
        f: impl for<'scope> FnOnce(&Scope<'scope, 'env>) -> T,
    ) -> mirrored::Result<T> {
        catch_unwind(AssertUnwindSafe(|| mirrored::scope(|scope| f(&Scope(scope)))))
    }

    impl<'scope, 'env> Scope<'scope, 'env> {
        #[track_caller]
        pub fn spawn<T: Send + 'scope>(
            &self,
            f: impl FnOnce(&Scope<'scope, 'env>) -> T + Send + 'scope,
        ) -> mirrored::ScopedJoinHandle<'scope, T> {
            let scope = self.0;
            scope.spawn(move || f(&Scope(scope)))
        }
    }
}
