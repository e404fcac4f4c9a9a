//! A sum over texts that is the same with every compiler, so that it can be kept in a file.

/// FNV-1a of 64 bits, as 16 digits. Where one text ends and the next begins counts as well.
pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for text in texts {
        for byte in text.bytes().chain([0xff]) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_that_of_the_texts_and_of_their_ends() {
        assert_eq!(of([]), "cbf29ce484222325");
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_eq!(of(["ab"]), of(["ab"]));
    }
}
