//! The preparation model: raw documents in, clean sections with the exact bytes they came from out.
//!
//! In: a folder of documents (text and mark-up, office files, mail, PDF, archives), or a `.jsonl` of clean texts. Out: `documents`, `sections` and `failures` tables in which
//! every character of a section can be traced to the bytes of its file. A reader turns bytes into lines and says what it saw; one small
//! network says what each line is for, how lines join, and which characters are damaged; rules that are not learned see to it that nothing
//! is lost and that every change is recorded. Text in pictures is recognised by a program of
//! the system, where there is one.
//!
//! Try it: `cargo run --release -p tandem -- prep --corpus DIR --out DIR`.

pub mod data;
pub mod facing;
pub mod inference;
pub mod model;
pub mod read;
pub mod training;
pub mod verify;
