//! The service over a scripted transport.
