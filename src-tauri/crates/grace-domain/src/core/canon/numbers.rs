//! The check that every number of a value has a canonical form, made while the value serialises itself.
//!
//! Owns the rule "integers within ±2^53". Writes nothing. Neither `serde_json::Value` nor the canonicaliser can
//! answer this: both turn a nested NaN into `null` before anyone sees it.

use std::fmt::Display;

use serde::Serialize;
use serde::ser;

use super::error::{CanonError, INTEGER_MAX};

/// Refuses `value` if any of its numbers is not an integer within ±2^53. Keys of maps are text and not looked at.
pub(super) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), CanonError> {
    value.serialize(Check)
}

/// Visits a value; `Ok` carries nothing.
#[derive(Clone, Copy)]
struct Check;

fn unsigned(value: u128, found: &dyn Display) -> Result<(), CanonError> {
    if value <= u128::from(INTEGER_MAX) {
        Ok(())
    } else {
        Err(CanonError::IntegerTooLarge { found: found.to_string() })
    }
}

impl ser::Error for CanonError {
    fn custom<T: Display>(_: T) -> Self {
        Self::NotJson
    }
}

macro_rules! integers {
    ($($method:ident($int:ty)),*) => {
        $(fn $method(self, value: $int) -> Result<(), CanonError> {
            self.serialize_i128(i128::from(value))
        })*
    };
}

impl ser::Serializer for Check {
    type Ok = ();
    type Error = CanonError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    integers!(serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64));
    integers!(serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64));

    fn serialize_i128(self, value: i128) -> Result<(), CanonError> {
        unsigned(value.unsigned_abs(), &value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), CanonError> {
        unsigned(value, &value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), CanonError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), CanonError> {
        if !value.is_finite() || value.fract() != 0.0 {
            return Err(CanonError::NotAnInteger { found: value.to_string() });
        }
        // 2^53 as a double, exactly.
        if value.abs() <= 9_007_199_254_740_992.0 {
            Ok(())
        } else {
            Err(CanonError::IntegerTooLarge { found: format!("{value:e}") })
        }
    }

    fn serialize_bool(self, _: bool) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_char(self, _: char) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_str(self, _: &str) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonError> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, CanonError> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, CanonError> {
        Ok(self)
    }
}

macro_rules! elements {
    ($($kind:ident::$method:ident),*) => {
        $(impl ser::$kind for Check {
            type Ok = ();
            type Error = CanonError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonError> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), CanonError> {
                Ok(())
            }
        })*
    };
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! members {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Check {
            type Ok = ();
            type Error = CanonError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), CanonError> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), CanonError> {
                Ok(())
            }
        })*
    };
}

members!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Check {
    type Ok = ();
    type Error = CanonError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonError> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), CanonError> {
        Ok(())
    }
}
