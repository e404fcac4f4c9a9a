//! The suites, and what has to be changed in them.

/// The published tests of one package.
pub(crate) struct Suite {
    pub(crate) package: &'static str,
    /// The features of `rehearsal` that its mirror needs.
    pub(crate) features: &'static [&'static str],
    /// The files of `tests/` that are played; all that stand there, if none is named.
    pub(crate) files: &'static [&'static str],
    /// Crates that the rehearsal stands for, each with the text of the crate that says so.
    pub(crate) mirrors: &'static [(&'static str, &'static str)],
    /// What else the tests use, with the version that is fixed here.
    pub(crate) dependencies: &'static [&'static str],
    /// Paths of std that stay std's.
    pub(crate) kept: &'static [&'static str],
}

pub(crate) const SUITES: &[Suite] = &[
    Suite {
        package: "crossbeam-channel",
        features: &["threads"],
        files: &[],
        mirrors: &[
            ("crossbeam_channel", include_str!("../mirrors/crossbeam_channel.rs")),
            ("crossbeam_utils", include_str!("../mirrors/crossbeam_utils.rs")),
        ],
        dependencies: &["num_cpus = \"=1.17.0\"", "rand = \"=0.8.6\""],
        // One file counts with them in its allocator.
        kept: &["std::sync::atomic"],
    },
    Suite {
        package: "async-channel",
        features: &["tokio"],
        files: &[],
        mirrors: &[
            ("async_channel", include_str!("../mirrors/async_channel.rs")),
            ("easy_parallel", include_str!("../mirrors/easy_parallel.rs")),
            ("futures_lite", include_str!("../mirrors/futures_lite.rs")),
        ],
        dependencies: &[],
        kept: &[],
    },
    Suite {
        package: "tokio",
        features: &["tokio"],
        // Those about sockets, files, processes, signals, metrics and tokio's own insides don't fit.
        files: &[
            "coop_budget",
            "join_handle_panic",
            "macros_join",
            "macros_pin",
            "macros_select",
            "macros_test",
            "macros_try_join",
            "rt_basic",
            "rt_time_start_paused",
            "sync_barrier",
            "sync_broadcast",
            "sync_broadcast_weak",
            "sync_errors",
            "sync_mpsc",
            "sync_mpsc_weak",
            "sync_mutex",
            "sync_mutex_owned",
            "sync_notify",
            "sync_notify_owned",
            "sync_once_cell",
            "sync_oneshot",
            "sync_rwlock",
            "sync_semaphore",
            "sync_semaphore_owned",
            "sync_set_once",
            "sync_watch",
            "task_abort",
            "task_blocking",
            "task_id",
            "task_join_set",
            "task_local",
            "task_local_set",
            "task_yield_now",
            "test_clock",
            "time_interval",
            "time_pause",
            "time_rt",
            "time_sleep",
            "time_timeout",
        ],
        mirrors: &[("tokio", include_str!("../mirrors/tokio.rs"))],
        dependencies: &[
            "futures = \"=0.3.34\"",
            "futures-test = \"=0.3.34\"",
            "pin-project-lite = \"0.2\"",
            "rand = \"=0.9.5\"",
            "tokio-stream = \"=0.1.19\"",
            "tokio-test = \"=0.4.6\"",
        ],
        kept: &[],
    },
];
