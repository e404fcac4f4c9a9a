//! What `rehearsal::outside` promises to programs that talk to sockets and files.

mod common;

use common::Program;

#[test]
fn the_usual_pace_is_real_and_sockets_answer() {
    for args in ["", "--pace real", "--pace off"] {
        Program::bare("outside", args).run().ends_well().prints("[Client] noon\n");
    }
}

#[test]
fn virtual_time_is_refused_unless_the_outside_is_stubbed() {
    for pace in ["instant", "live"] {
        let run = Program::bare("outside", &format!("--pace {pace}")).run();
        run.ends_with(2).complains(&format!(
            "error: the pace {pace} would jump over sockets and files: use --pace real, or --stub"
        ));
        Program::bare("outside", &format!("--stub --pace {pace} --schedule 3"))
            .run()
            .ends_well()
            .prints("[Client] noon\n");
    }
    Program::bare("outside", "")
        .env("REHEARSAL", "instant")
        .run()
        .ends_with(2)
        .complains("use --pace real");
}

#[test]
fn a_program_without_a_stub_offers_real_time_alone() {
    let run = Program::bare("subcommands", "count --items 3 --pace instant").run();
    run.ends_with(2).complains("[possible values: real, off]");
    let help = Program::bare("subcommands", "--help").run();
    assert!(help.ends_well().stdout.contains("[default: real]"), "{help}");
}

#[test]
fn a_subcommand_takes_the_shared_flags_and_names_its_own() {
    for args in ["count --items 3 --pace off", "--pace off count --items 3", "count --items 3"] {
        Program::bare("subcommands", args).run().ends_well().prints("[Counter] 3\n");
    }
    Program::bare("subcommands", "count --items -1")
        .run()
        .ends_with(2)
        .complains("'--items <ITEMS>'");
}

#[test]
fn a_slip_of_the_finger_is_told_with_what_may_be_meant() {
    for (typed, meant) in [
        ("count --itemss 3", "a similar argument exists: '--items'"),
        ("count --pacee off", "a similar argument exists: '--pace'"),
        ("cont", "a similar subcommand exists: 'count'"),
    ] {
        Program::bare("subcommands", typed).run().ends_with(2).complains(&format!("tip: {meant}"));
    }
}
