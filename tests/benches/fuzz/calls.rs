//! Calling systems: their file, and the words by which they say who they are.

use callers::{Callers, Config, Credentials};

use super::dice::Dice;
use super::{Ran, Target, kind, plain_words};

/// The page that people copy from.
const PAGE: &str = include_str!("../../../docs/callers.md");
const JWKS: &str = include_str!("tokens/jwks.json");
/// Signed with the keys of the file above, for the moment below; accepted.
const GOOD: &str = include_str!("tokens/good.txt");
/// Signed as well; refused.
const ODD: &str = include_str!("tokens/odd.txt");
const NOW: i64 = 1_800_000_000;

const WORDS: [&str; 30] = [
    "[[keys]]\n",
    "[[certificates]]\n",
    "[[issuers]]\n",
    "[limits]\n",
    "id = \"a\"\n",
    "sha256 = \"",
    "roles = [\"asker\"]\n",
    "townships = [\"370285102000\"]\n",
    "rate_per_second = 1\n",
    "burst = 0\n",
    "not_after = 2027-12-31\n",
    "not_after = 2027-02-30\n",
    "issuer = \"x\"\n",
    "audience = \"y\"\n",
    "jwks_file = \"j\"\n",
    "algorithms = [\"EdDSA\"]\n",
    "roles_claim = \"/a/b\"\n",
    "townships_claim = \"t\"\n",
    "leeway_seconds = 301\n",
    "\"kty\":\"RSA\"",
    "\"n\":\"AQAB\"",
    "\"d\":\"x\"",
    "\"use\":\"enc\"",
    "\"alg\":\"HS256\"",
    "\"alg\":\"none\"",
    "Bearer ",
    ".",
    "=",
    "eyJhbGciOiJub25lIn0",
    "MTIz",
];

fn example() -> &'static str {
    PAGE.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
}

/// Callers files. What follows a line with `%%%` is the file of an issuer's keys.
pub(super) struct Configs;

impl Target for Configs {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let parts: Vec<&str> = example().split("\n\n").collect();
        let mut seeds: Vec<Vec<u8>> = parts.iter().map(|it| it.as_bytes().to_vec()).collect();
        seeds.push(format!("{}\n%%%\n{JWKS}", example()).into_bytes());
        seeds.push(example().as_bytes().to_vec());
        seeds
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let lines: Vec<&str> = example().lines().collect();
        let mut text = String::new();
        for line in lines {
            if !dice.one_in(8) {
                text.push_str(line);
                text.push('\n');
            }
            if dice.one_in(20) {
                text.push_str(dice.pick(&WORDS));
            }
        }
        text.push_str("%%%\n");
        text.push_str(JWKS);
        text.into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WORDS
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let text = String::from_utf8_lossy(input).into_owned();
        let (file, keys) = text.split_once("%%%\n").unwrap_or((&text, JWKS));
        let read = |_: &str| Ok(keys.as_bytes().to_vec());
        match Config::parse(file, &read).and_then(|config| {
            let counts = config.counts();
            Callers::new(config).map(|callers| (callers, counts))
        }) {
            Ok((callers, counts)) => {
                if callers.is_empty() != (counts == (0, 0, 0)) {
                    return Err(format!("{counts:?} and nobody is known"));
                }
                for line in GOOD.lines() {
                    let header = format!("Bearer {line}");
                    let shown = Credentials { authorization: Some(&header), ..Default::default() };
                    let _ = callers.authenticate(&shown, NOW);
                }
                Ok(kind(&["ok", &format!("{counts:?}")]))
            }
            Err(error) => {
                let line = error.to_string();
                if line.chars().any(char::is_control) || line.len() > 900 {
                    return Err(format!("not a line to show: {line:?}"));
                }
                let lines = u32::try_from(file.lines().count().max(1) + 1).unwrap_or(u32::MAX);
                if error.line() > lines {
                    return Err(format!("line {} of {lines}: {line}", error.line()));
                }
                Ok(kind(&[&plain_words(&line)]))
            }
        }
    }
}

/// Headers with tokens and keys. The first byte says which header.
pub(super) struct Tokens(Callers);

/// The key whose hash is listed below.
const KEY: &str = "xy-fuzz";
const KEY_HASH: &str = "b1c653301a4e36a1047caccde59b0c0ae49b4a31b6176e526859dad8b14cb1b2";

impl Tokens {
    pub(super) fn open() -> Self {
        let text = format!(
            "[[issuers]]\nissuer = \"https://id.example.org/realms/laixi\"\naudience = \"xiangyue\"\njwks_file = \"j\"\n[[keys]]\nid = \"k\"\nsha256 = \"{KEY_HASH}\"\n"
        );
        let read = |_: &str| Ok(JWKS.as_bytes().to_vec());
        Self(Config::parse(&text, &read).and_then(Callers::new).unwrap())
    }

    /// Whether credentials are the very ones that were given out.
    fn given_out(header: &str, bearer: bool) -> bool {
        let word = if bearer {
            let (scheme, word) = header.split_once(' ').unwrap_or((header, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return false;
            }
            word.trim()
        } else {
            header.trim()
        };
        word == KEY || (bearer && GOOD.lines().any(|line| line == word))
    }
}

impl Target for Tokens {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let tokens = GOOD.lines().chain(ODD.lines()).map(|line| format!("aBearer {line}"));
        let keys = [format!("aBearer {KEY}"), format!("k{KEY}")];
        tokens.chain(keys).map(String::into_bytes).collect()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        // parts of several tokens put together
        let all: Vec<&str> = GOOD.lines().chain(ODD.lines()).collect();
        let part = |dice: &mut Dice, at: usize| {
            dice.of(&all).split('.').nth(at).unwrap_or_default().to_owned()
        };
        let token = [part(dice, 0), part(dice, 1), part(dice, 2)].join(".");
        let start = *dice.of(&["aBearer ", "abearer  ", "k", "aBasic ", "a"]);
        format!("{start}{token}").into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WORDS
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let text = String::from_utf8_lossy(input).into_owned();
        let mut chars = text.chars();
        let bearer = chars.next() != Some('k');
        let header = chars.as_str();
        let shown = if bearer {
            Credentials { authorization: Some(header), ..Default::default() }
        } else {
            Credentials { api_key: Some(header), ..Default::default() }
        };
        match self.0.authenticate(&shown, NOW) {
            Ok(who) if !Self::given_out(header, bearer) => {
                Err(format!("`{}` was recognised", who.id))
            }
            Ok(who) => Ok(kind(&["ok", &who.id])),
            Err(failure) if Self::given_out(header, bearer) => {
                Err(format!("a good one was refused: {}", failure.reason()))
            }
            Err(failure) => Ok(kind(&[failure.code(), failure.reason()])),
        }
    }
}
