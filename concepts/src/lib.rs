#![doc = include_str!(concat!(env!("OUT_DIR"), "/README.md"))]

// A module for each page, written by build.rs from SUMMARY.md.
include!(concat!(env!("OUT_DIR"), "/pages.rs"));
