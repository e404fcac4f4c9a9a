//! Chooses the `use` lines by a variable, and not by a feature: what a build is called does not differ then, and
//! so all that differs is what it holds.

fn main() {
    println!("cargo::rerun-if-env-changed=SHIPS_ON");
    println!("cargo::rustc-check-cfg=cfg(mirrored, compared)");
    match std::env::var("SHIPS_ON").as_deref() {
        Ok("the mirrors") => println!("cargo::rustc-cfg=mirrored"),
        Ok("both") => println!("cargo::rustc-cfg=compared"),
        _ => {}
    }
}
