//! What is kept and offered to people and programs: the library, one folder that holds the sections, the vectors and the index of registered
//! documents and is kept up to date with them; the desk, where it is asked; and the server that carries questions to it from a web page, over HTTP and
//! MCP.
//!
//! In: paths that a user registered. Out: a [`library::Library`] whose readers see one whole generation of it at a time. What a document
//! becomes is decided in `prep-model`, what an index is in `retrieve-model`; this room decides what has to be done again. Not for a corpus
//! that is prepared once and never again: `tandem prep` and `tandem index` make the same tables without keeping anything beside them.
//!
//! Try it: `tandem init mine && tandem add ~/documents --library mine && tandem serve --library mine`.

pub mod desk;
pub mod http;
pub mod library;
