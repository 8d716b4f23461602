//! The stages as functions on DataFusion.
