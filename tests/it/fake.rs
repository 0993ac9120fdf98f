//! The fake Discord's own tests: that a real client runs against it, and that it catches what it should.

mod smoke;
mod toy;
