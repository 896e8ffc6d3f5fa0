//! The token that shows a client to be the operator: made once for each
//! installation, kept where only the user may read it.

use std::fs;
use std::io;

use crate::places::Places;
use crate::private::{keep_first, private_folder};
use crate::random::hex;

/// Bytes of randomness in it.
const RANDOM: usize = 24;

/// A token in a file of the user's own making is at least this long.
const SHORTEST: usize = 16;

/// Reads the token, or makes one.
pub fn read_or_make(places: &Places) -> io::Result<String> {
    let path = places.state.join("token");
    if !path.is_file() {
        private_folder(&places.state).map_err(|error| io::Error::other(error.to_string()))?;
        keep_first(&path, hex::<RANDOM>()?.as_bytes())?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
    }
    let token = fs::read_to_string(&path)?.trim().to_owned();
    if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(io::Error::other(format!(
            "`{}` holds no token of at least {SHORTEST} plain characters; remove it, and one is made",
            path.display()
        )));
    }
    Ok(token)
}

/// Makes another token. The one before it opens nothing any more.
pub fn renew(places: &Places) -> io::Result<String> {
    match fs::remove_file(places.state.join("token")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => read_or_make(places),
    }
}
