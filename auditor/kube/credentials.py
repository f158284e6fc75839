"""Names and values of settings in, the kind of credential that they look like out; never the value."""

import re
from functools import lru_cache
from typing import NamedTuple

HIDDEN = "(hidden)"
"""Stands where a value looked like a credential; the value itself is kept nowhere in a fact."""

PLACEHOLDER = re.compile(r"\$\{|\$\(|\{\{|ENC\[|<[^<>]*>\s*\Z")
"""What stands where a tool is to put a secret, or one that it has encrypted."""

_LONGEST_BEFORE = 40
_LONGEST = 1 << 20  # The API server stores no larger ConfigMap.
_LONG = 4096


class _Shape(NamedTuple):
    """What a credential looks like: texts without blanks of which every match contains one, and a pattern.

    A pattern starts at the edge of a run of its characters and bounds what may follow, so that hostile text costs
    linear time. A group holds the secret part if there is more. `before` has to match what ends where the match begins.
    """

    detector: str
    marks: frozenset[str]
    pattern: str
    before: str = ""


_EDGE = r"(?<![A-Za-z0-9_-])"
_SHAPES: tuple[_Shape, ...] = tuple(
    _Shape(detector, frozenset(marks), *patterns)
    for detector, marks, *patterns in (
        (
            "private-key",
            ("PRIVATE",),
            r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,400}?([A-Za-z0-9+/]{16})",
        ),
        ("aws-access-key-id", ("AKIA",), _EDGE + r"AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("aws-access-key-id", ("ASIA",), _EDGE + r"ASIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), _EDGE + r"gh[pousr]_[A-Za-z0-9]{36}"),
        ("github-token", ("github_pat_",), _EDGE + r"github_pat_[A-Za-z0-9_]{22}"),
        ("gitlab-token", ("glpat-",), _EDGE + r"glpat-[\w-]{20}"),
        ("slack-token", ("xox",), _EDGE + r"xox[abeoprs]-[A-Za-z0-9-]{10}"),
        (
            "slack-webhook",
            ("hooks.slack.com/",),
            r"hooks\.slack\.com/(?:services|workflows)/T\w{6,16}/[AB]\w{6,16}/\w{20}",
        ),
        ("google-api-key", ("AIza",), _EDGE + r"AIza[\w-]{35}"),
        ("stripe-key", ("k_live_",), _EDGE + r"[sr]k_live_[A-Za-z0-9]{16}"),
        ("npm-token", ("npm_",), _EDGE + r"npm_[A-Za-z0-9]{36}"),
        ("pypi-token", ("pypi-",), _EDGE + r"pypi-[\w-]{60}"),
        ("docker-token", ("dckr_pat_",), _EDGE + r"dckr_pat_[\w-]{20}"),
        ("vault-token", ("hvs.", "hvb."), _EDGE + r"hv[sb]\.[\w-]{24}"),
        (
            # BootstrapTokenPattern in k8s.io/cluster-bootstrap token/api/types.go, in kubeadm's documents and commands.
            "bootstrap-token",
            ("oken",),
            r"[Tt]oken['\"]?(?:\s{0,4}[:=]\s{0,4}|\s{1,4})['\"]?([a-z0-9]{6}\.[a-z0-9]{16})(?![A-Za-z0-9._-])",
        ),
        ("sendgrid-key", ("SG.",), _EDGE + r"SG\.[\w-]{20,24}\.[\w-]{40}"),
        ("digitalocean-token", ("_v1_",), _EDGE + r"do[opr]_v1_[a-f0-9]{64}"),
        ("hugging-face-token", ("hf_",), _EDGE + r"hf_[A-Za-z]{34}(?![A-Za-z0-9])"),
        ("openai-key", ("sk-proj-", "sk-svcacct-", "sk-ant-"), _EDGE + r"sk-(?:proj|svcacct|ant-api03)-[\w-]{40}"),
        (
            "authorization-header",
            ("uthorization",),
            r"[Aa]uthorization['\"]?\s{0,4}[:=]\s{0,4}['\"]?(?:[Bb]earer|[Bb]asic|Token)\s{1,4}([\w.~+/=-]{8,2000})",
        ),
        (
            "azure-storage-key",
            ("Key=",),
            r"(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40,88}={0,2})",
        ),
        (
            "connection-string",
            ("://",),
            # Behind a scheme of 2 to 31 characters; looking for that first would try at every letter.
            r"://[^\s:/?#@'\"]{0,200}:([^\s/?#'\"]{1,200})@[^\s/@]",
            r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}\Z",
        ),
        (
            "connection-string",
            ("@tcp(", "@unix("),
            r"(?:^|[\s'\"=])[\w.-]{1,64}:([^\s@/:]{1,128})@(?:tcp|unix)\(",
        ),
        (
            "connection-string",
            ("assword", "ASSWORD", "wd", "WD"),
            r"[;?&]\s{0,4}(?:[Pp]assword|PASSWORD|[Pp]wd|PWD)\s{0,4}=\s{0,4}([^;&\s'\"]{1,200})",
        ),
    )
)
_SHAPE_MARKS: tuple[str, ...] = tuple(sorted({mark for shape in _SHAPES for mark in shape.marks}))
_JWT = _EDGE + r"(eyJ[\w-]{8,4000})\.[\w-]{2,8000}\.[\w-]{16}"


_ENCRYPTION_KEY = (
    r"[\"']?\bsecret[\"']?[ \t]*:[ \t]*(?:[|>][-+0-9]*[ \t]*\n\s*)?[\"']?([A-Za-z0-9+/=_-]{8,200})(?![^\s\"',}\]#])"
)
"""A key of an EncryptionConfiguration, in block or flow style; base64 in full, and what is none all the same."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PASSWORDS = _words("password passwords passwd passphrase pass pwd pw")
_SECRETS = _words(
    "secret secrets token tokens credential credentials creds apikey apitoken authtoken accesstoken accesskey "
    "secretkey privatekey pat"
)
_KEYS = _words(
    "api access secret private encryption encrypt signing signature master account ssh auth shared hmac jwt session "
    "crypto cipher aes rsa storage batch"
)
# A last word that makes the name speak about a credential without being one.
_ABOUT = _words(
    "name names file files filename path paths dir directory folder mount url urls uri endpoint host port id ids "
    "ref refs reference key keys ttl expiry expiration expires expire exp timeout lifetime duration second seconds "
    "minute minutes hour hours day days age length len min max size count limit limits policy type kind format "
    "version enabled disabled enable disable required allowed optional algorithm alg algo issuer audience header "
    "prefix suffix field claim claims provider backend store manager engine namespace location mode method strategy "
    "rotation interval cache budget bucket reset hint env var variable service server class rule rules regex "
    "pattern template label labels annotation scope scopes encoding encoder hash through thru source arn alias "
    "selector index usage users user username email params validation validator check checks per rate threshold "
    "retries iterations rounds salt hasher hashers symbol address contract decimals renewal renew refresh exchange "
    "review reviewer cert ca domain region profile group groups role"
)
# A first word that makes the name a switch or a number.
_SWITCHES = _words(
    "max min num number count limit enable disable use require required allow deny skip no is has with show hide "
    "public csrf xsrf"
)

# A reference or a template, wherever it stands in the value.
_MARKS = ("$(", "${", "{{", "}}", "<%", "%>", "#{")
_LONGEST_POINTER = 300
_NOT_LITERAL = (
    r"\$[A-Za-z_]\w*|%\w+%|@[\w.-]+@|<[^<>]*>|\[[^\[\]]*\]|__\w+__"  # the same as a whole
    r"|(?:vault|ref\+\w+|op|secretref|awssm|gcpsm|azurekv|sm|ssm|arn|file|env|keyring):\S*"  # where a provider finds it
    r"|projects/[^\s/]+/secrets/\S+|ENC[\[(][\s\S]*|\{cipher\}\S*|AGE-ENCRYPTED\S*"  # or how it was encrypted
    r"|(?:your|insert|replace|enter|put|fill|add|provide)[ _-][\w -]*|\*+|\.+|-+|_+|redacted|masked|todo|tbd|n/?a"
    r"|true|false|yes|no|on|off|none|null|nil|undefined|enabled|disabled|required|optional|default|auto|random|generate"
    r"|(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]*)*|[a-z._-]+(?:/[a-z._-]+)+|[A-Za-z]:[\\/]\S*"  # a path
    r"|[\w.-]+\.(?:pem|key|crt|cer|jks|p12|pfx|json|ya?ml|txt|conf|cfg|ini|properties|env|token|jwt|xml|pub|gpg|asc)"
    r"|[a-z][a-z0-9+.-]*://\S*|(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w))+"
)
_NOT_SECRET = (
    r"(?-i:[A-Z]+(?:_[A-Z]+)+)"  # a word to be replaced, such as API_KEY_VALUE
    r"|[\d.,_-]{1,8}|bearer|basic|jwt|oidc|oauth2?|opaque|vault|kubernetes|aws|gcp|azure|env|file|plain|static|memory"
    r"|(?:[a-z0-9]+[-.])*(?:secrets?|tokens?|credentials?|creds|auth|keys?|certs?|tls|sa)(?:[-.][a-z0-9]+)*"
)
_ASSIGNMENT = (
    r"\s*(?:export\s+)?[\"']?([A-Za-z][\w.-]{1,80})[\"']?"
    r"\s{0,8}[:=]\s{0,8}[\"']?([^\s\"'$(){}\[\]<>,;|&*]{3,200})[\"']?,?\s*"
)


@lru_cache(maxsize=32_768)  # the same variables come with every replica, and many values are the same everywhere
def looks_like_credential(name: str, value: str) -> str | None:
    """What kind of credential an environment variable or a ConfigMap entry looks like, or None.

    The answer names the detector (`private-key`, `password`, ...). References, templates, paths, switches and
    durations are no credentials; default passwords such as `changeme` are. At most the first MiB is looked at.
    """
    text = value[:_LONGEST].strip()
    if not text:
        return None
    words = _vocabulary(text)
    shape = _shape(text, words)
    if shape is not None:
        return shape
    sort = None if "\n" in text else _sort_of_name(name)
    if sort is not None and _is_literal(sort, text):
        return sort
    return _assignment(text) if _hinted(words) else None


def encryption_keys(text: str) -> list[str]:
    """The keys in a text that holds an EncryptionConfiguration, of which the rest may be shown."""
    return re.findall(_ENCRYPTION_KEY, text[:_LONGEST]) if "EncryptionConfig" in text else []


def _vocabulary(text: str) -> str:
    """The words of a long text, each once: a dashboard has few, and what has no blank stands inside of one."""
    return " ".join(set(text.split())) if len(text) > _LONG else text


def _shape(text: str, words: str) -> str | None:
    marks = [mark for mark in _SHAPE_MARKS if mark in words]
    for shape in _SHAPES if marks else ():
        if not shape.marks.isdisjoint(marks) and any(
            _is_real(match, shape.before) for match in re.finditer(shape.pattern, text)
        ):
            return shape.detector
    return "jwt" if "eyJ" in words and any(_is_jwt_header(match[1]) for match in re.finditer(_JWT, text)) else None


def _is_real(match: re.Match[str], before: str) -> bool:
    """Whether the secret part is none of the examples that documentation uses, and no reference."""
    start = match.start()
    if before and not re.search(before, match.string[max(0, start - _LONGEST_BEFORE) : start]):
        return False
    secret = match[match.lastindex or 0]
    return not secret.endswith("EXAMPLE") and _is_literal("password", secret)


def _is_jwt_header(part: str) -> bool:
    """Whether it is base64url of a JSON object with an `alg` (RFC 7515, section 4.1.1)."""
    import base64
    import json

    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and isinstance(header.get("alg"), str)


def _assignment(text: str) -> str | None:
    """A password in a line of a configuration file, be it the only one; secrets and tokens mean too much there."""
    for line in text.splitlines():
        match = re.fullmatch(_ASSIGNMENT, line) if len(line) <= 400 and _hinted(line) else None
        sort = _sort_of_name(match[1]) if match else None
        if match and sort in ("password", "key") and _is_literal(sort, match[2]):
            return f"{sort}-in-file"
    return None


def _hinted(text: str) -> bool:
    """Whether a text can name a password or key at all: far quicker than to look for an assignment."""
    lowered = text.lower()
    return "pass" in lowered or "secret" in lowered or "key" in lowered or "pw" in lowered


@lru_cache(maxsize=4096)
def _sort_of_name(name: str) -> str | None:
    """`password`, `secret` or `key` where the words of a name say that its value is one."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", " ", name[:200]).lower().split()
    if not words or name == "PWD" or words[0] in _SWITCHES or "public" in words:
        return None
    while words[-1].isdigit() and len(words) > 1:
        words.pop()
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if (last == "key" and before in _KEYS) or (last in ("content", "value", "base64", "b64") and before == "key"):
        return "key"
    if last in _ABOUT:
        return None
    if last in _PASSWORDS or last.endswith(("password", "passwd", "passphrase")):
        return "password"
    if not _SECRETS.isdisjoint(words):
        return "secret"
    return "password" if "password" in words or "passwd" in words else None


def _is_literal(sort: str, value: str) -> bool:
    """Whether a value that should be a credential is one, rather than a way to find one."""
    if any(mark in value for mark in _MARKS):
        return False
    if len(value) > _LONGEST_POINTER:
        return True
    if re.fullmatch(_NOT_LITERAL, value, re.IGNORECASE):
        return False
    return sort == "password" or not re.fullmatch(_NOT_SECRET, value, re.IGNORECASE)
