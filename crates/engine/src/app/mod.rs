//! What runs inside pods: a replicated database, and the data on its volumes.

mod read;
