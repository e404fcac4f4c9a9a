//! A sum over texts that is the same with every compiler, so that it can be kept in a file.

/// FNV-1a of 64 bits, as 16 digits. Where one text ends and the next begins counts as well.
pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    hashed(texts.into_iter().flat_map(|text| text.bytes().chain([0xff])))
}

/// The same over the bytes of a file. Where a line ends as on Windows, that counts for nothing.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hashed(bytes.iter().copied().filter(|&byte| byte != b'\r'))
}

fn hashed(bytes: impl Iterator<Item = u8>) -> String {
    let sum = bytes.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
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
        assert_eq!(of_bytes(b"a\r\nb"), of_bytes(b"a\nb"));
    }
}
