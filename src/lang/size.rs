//! How large a value may become: a few lines can double one again and again. It measures nothing itself
//! ([`trunkline_api::Value::size`] does).

use trunkline_api::value::SIZE_OF_TEXT;

/// The largest size of a value that an expression may give. What walks a value later (its type, its marks, the text of a
/// plan) takes time and memory in proportion to it, so larger ones are refused with an error.
pub const MAX_SIZE: u32 = 1 << 24;

/// The longest text, in bytes, that an expression may give: as large as the largest value.
pub const MAX_TEXT: usize = MAX_SIZE as usize * SIZE_OF_TEXT;
