//! Which characters a reader sees as they are.
//!
//! Owns that one question. Never changes a text: whoever shows one spells such characters out, and names refuse them.

use crate::core::codes::Code;
use crate::core::refusal::Refusal;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Whether a reader sees it: letters, marks, numbers, punctuation and symbols. Blanks, controls, format characters (bidi,
/// zero width), private use and unassigned code points are not seen, or change how what is around them is read.
pub fn shows(c: char) -> bool {
    !is_invisible(c)
        && matches!(
            c.general_category_group(),
            GeneralCategoryGroup::Letter
                | GeneralCategoryGroup::Mark
                | GeneralCategoryGroup::Number
                | GeneralCategoryGroup::Punctuation
                | GeneralCategoryGroup::Symbol
        )
}

/// Whether a text says nothing: no character of it is seen.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(shows)
}

/// Says of the first character that nobody would see which it is and where it stands. A plain space within is seen.
pub fn check(what: &str, text: &str) -> Result<(), String> {
    match text.chars().enumerate().find(|(_, c)| *c != ' ' && !shows(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(format!(
            "{what} has U+{:04X} as its character {}, which nobody would see",
            u32::from(c),
            at + 1
        )),
    }
}

/// Refuses a text of one line in which something would not be seen: what people read is what they sign.
pub fn check_line(what: &str, text: &str) -> Result<(), Refusal> {
    check(what, text).map_err(|why| {
        Refusal::invalid(Code::InvisibleCharacter, why, "write it in one line of characters that show")
    })
}

/// Code points with the property `Default_Ignorable_Code_Point` whose category is letter or mark: they show nothing.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x034F | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFFA0
        | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::{check, is_blank};

    #[test]
    fn a_text_of_which_nothing_is_seen_says_nothing() {
        for blank in ["", " ", "\t\n", "\u{200b}", " \u{3164}\u{2800}", "\u{202e}\u{feff}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank("\u{200b}why") && !is_blank("."));
    }

    #[test]
    fn what_nobody_sees_is_named_with_its_place() {
        for (text, said) in [
            ("a\0b", "U+0000 as its character 2"),
            ("a\nb", "U+000A as its character 2"),
            ("\u{1b}[31mRED", "U+001B as its character 1"),
            ("\u{200b}", "U+200B as its character 1"),
            ("jobs\u{202e}", "U+202E as its character 5"),
            ("\u{3164}", "U+3164 as its character 1"),
        ] {
            let why = check("the name", text).unwrap_err();
            assert!(why.starts_with("the name has") && why.contains(said), "{why}");
        }
        assert_eq!(check("the name", "Länge der Schlange (95 %), 世界"), Ok(()));
    }
}
