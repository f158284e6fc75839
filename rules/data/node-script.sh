#!/bin/sh
# Printed by `kubeplumb node-script`: looks at the node it runs on and writes one JSON document to standard output, for
# `kubeplumb scan`. It reads, and does nothing else: no file is written, no connection opened, no process signalled.
#
#   sh node-script.sh > node1.json        as root, on the node
#
# Needs a POSIX shell and what busybox has; what is missing is said in the document. Private keys, tokens, passwords and
# encryption keys stay on the node: of key files only owner and mode are taken, of certificates the public part, and in
# configuration files such values are replaced by (withheld); a file in which that cannot be told is left out.
#
# KUBEPLUMB_ROOT      where the node's own files are mounted, if not at /
# KUBEPLUMB_PROC      where its processes are seen, if not at /proc
# KUBEPLUMB_NODE      the node's name, if neither the kubelet's arguments nor the host's name tell it

LC_ALL=C
PATH=${PATH:-/bin}:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset CDPATH
set -f # names are no patterns, but where a folder is listed
umask 077
IFS=' 	
'
NL='
'
TAB='	'
SOH=$(printf '\001') # stands for a line break inside an argument
ROOT=${KUBEPLUMB_ROOT:-}
ROOT=${ROOT%/}
PROC=${KUBEPLUMB_PROC:-/proc}
MOST_FILES=3000
MOST_BYTES=262144 # of one file's content
MOST_ARGUMENTS=131072

# What must not leave the node: shared by everything that looks at text. No `{n}` and no \y: mawk and busybox lack them.
# A backslash does not guard a bracket inside brackets: in busybox it ends the set.
MASK='
function is_secret(name,   n) {
  n = tolower(name); gsub(/[^a-z0-9]+/, "-", n); sub(/^-+/, "", n); sub(/-+$/, "", n)
  return n ~ /(token|tokens|password|passwords|passwd|passphrase|pass|pwd|secret|secrets|credential|credentials|apikey|accesskey|accesskeyid|secretkey|privatekey|certificatekey|joinkey|encryptionkey|signingkey|sharedkey|authkey|key-data|keydata|auth|authorization|cookie|psk|dsn)$/ ||
    n ~ /(^|-)(api|access|secret|private|certificate|join|encryption|signing|shared|auth|client|master|hmac|aes|session)-key(-id|-base64|-b64|-value|-content)?$/
}
function is_harmless(value,   v) {
  v = value; gsub(/["\047,;]/, "", v); sub(/^[ \t]+/, "", v); sub(/[ \t]+$/, "", v)
  if (v ~ /^(true|false|yes|no|on|off|null|none|~|\[\]|\{\}|[0-9]|[0-9][0-9]?[0-9]?[smhd])?$/) return 1
  return v ~ /^\.?\.?\/[A-Za-z0-9._@\/-]+\.[a-z][a-z0-9]*$/ && !is_opaque_path(v)
}
function is_opaque_path(path,   parts, count, i) {
  count = split(path, parts, "/")
  for (i = 1; i <= count; i++) if (is_opaque(parts[i])) return 1
  return 0
}
function is_opaque(word,   rest, digits) {
  if (length(word) < 32) return 0
  if (word ~ /^[0-9a-f]+$/) return word ~ /[a-f]/ && word ~ /[0-9]/
  if (word ~ /^[0-9A-F]+$/) return word ~ /[A-F]/ && word ~ /[0-9]/
  rest = word; digits = gsub(/[0-9]/, "", rest)
  return digits > 1 && word ~ /[A-Z]/ && word ~ /[a-z]/
}
function is_public(word) {
  if (word !~ /^LS0tLS1CRUdJTi(BDRVJUSUZJQ0FURS|BQVUJMSUMg|BSU0EgUFVCTElDI|BYNTA5IENS)/) return 0
  # PRIVATE in base64, whichever byte it begins at.
  return word !~ /(UFJJVkFUR|BSSVZBVE|QUklWQVRF)/
}
function opaque_words(text,   out, word, before, secret) {
  out = ""
  while (match(text, /[A-Za-z0-9+\/_-][A-Za-z0-9+\/_-][A-Za-z0-9+\/_-][A-Za-z0-9+\/_-]*=*/)) {
    before = substr(text, 1, RSTART - 1); word = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
    out = out before
    if (word ~ /^\//) secret = is_opaque_path(word)
    else { secret = word; sub(/=+$/, "", secret); secret = is_opaque(secret) }
    if (secret && (is_public(word) || out ~ /sha(256|512):$/)) secret = 0
    out = out (secret ? HIDDEN : word)
  }
  return out text
}
function mask(text) {
  gsub(/:\/\/[^\/@ \t"\047]+@/, "://" HIDDEN "@", text)
  gsub(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/, HIDDEN, text)
  gsub(/K10[0-9a-f]+::[^ \t"\047]*/, HIDDEN, text)
  if (text ~ /[a-z0-9]\.[a-z0-9]/) text = bootstrap(text)
  return opaque_words(text)
}
# Bootstrap tokens (bootstrap-token-auth): six characters, a dot, sixteen.
function bootstrap(text,   out, word) {
  out = ""
  while (match(text, /[A-Za-z0-9._-]+/)) {
    word = substr(text, RSTART, RLENGTH)
    out = out substr(text, 1, RSTART - 1)
    out = out (length(word) == 23 && index(word, ".") == 7 && word ~ /^[a-z0-9]+\.[a-z0-9]+$/ ? HIDDEN : word)
    text = substr(text, RSTART + RLENGTH)
  }
  return out text
}
BEGIN { HIDDEN = "(withheld)" }
'
# Arguments, one a line: a value beside a secret name is hidden, and what looks like a secret wherever it stands.
WORDS=$MASK'
{
  line = $0
  if (next_hidden && line !~ /^--?[a-z]/) { print "=" (is_harmless(line) ? line : HIDDEN); next_hidden = 0; next }
  next_hidden = 0
  if (match(line, /^-?-?[A-Za-z0-9][A-Za-z0-9._-]*=/)) {
    name = substr(line, 1, RLENGTH - 1); value = substr(line, RLENGTH + 1)
    if (is_secret(name)) { print "=" name "=" (is_harmless(value) ? value : HIDDEN); next }
  } else if (line ~ /^--?[A-Za-z0-9._-]+$/ && is_secret(line)) next_hidden = 1
  else if (line ~ /[ \001]/) line = shell(line)
  print "=" mask(line)
}
# Several words in one argument, as of sh -c.
function shell(text,   out, at) {
  out = ""
  while (match(text, /[A-Za-z0-9_.-]+(=|[ \001]+)["\047]?[^ \001"\047]+["\047]?/)) {
    out = out substr(text, 1, RSTART - 1); at = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
    match(at, /(=|[ \001]+)/)
    name = substr(at, 1, RSTART - 1); value = substr(at, RSTART + RLENGTH)
    if ((name ~ /^-/ || substr(at, RSTART, 1) == "=") && is_secret(name) && !is_harmless(value))
      out = out name substr(at, RSTART, RLENGTH) HIDDEN
    else if (name !~ /^-/ || value ~ /^-/ || substr(at, RSTART, 1) != "=") { out = out name substr(at, RSTART, RLENGTH); text = value text }
    else out = out at
  }
  return out text
}
'
# Configuration, line by line, so that line numbers stay: YAML and JSON by their grammar, with `lines` set what is made of
# NAME = value and command lines. Comments are left out. Where it cannot be sure it ends with 3, and says why at the end.
CONFIG=$MASK'
function doubt(why) { print "\001" why; exit 3 }
function has_secret_flag(word) { return word ~ /^--?[A-Za-z0-9._-]+$/ && is_secret(word) }

# ---- words of a command line, or NAME=value, in some text

function words(text,   out, head, name, sep, rest, value, quote, at) {
  if (text ~ /^--?[A-Za-z0-9][A-Za-z0-9._-]*=/ && text !~ /[ \t]--?[A-Za-z]/) { # one argument, whatever is in it
    name = text; sub(/=.*/, "", name)
    value = substr(text, length(name) + 2)
    return is_secret(name) && !is_harmless(value) ? name "=" HIDDEN : text
  }
  out = ""
  while (match(text, /[A-Za-z0-9_-][A-Za-z0-9_.-]*["\047]?([ \t]*[=:][ \t]*|[ \t]+)/)) {
    head = substr(text, 1, RSTART - 1); name = substr(text, RSTART, RLENGTH); rest = substr(text, RSTART + RLENGTH)
    sep = name ~ /=[ \t]*$/ ? "=" : (name ~ /:[ \t]*$/ ? ":" : " ")
    alone = lines && (out head) ~ /^[ \t]*$/
    out = out head name
    gsub(/["\047 \t=:]/, "", name)
    if ((sep == " " && name !~ /^-/) || rest == "" || !is_secret(name)) { text = rest; continue }
    if (rest ~ /^[|>][0-9+-]*[ \t]*$/ || rest ~ /^["\047]?[{[]/) { if (sep == ":") doubt("a text in it holds a secret"); text = rest; continue }
    quote = substr(rest, 1, 1)
    if (quote == "\"" || quote == "\047") {
      at = index(substr(rest, 2), quote)
      value = at ? substr(rest, 2, at - 1) : substr(rest, 2)
      out = out quote; quote = at ? quote : ""
      rest = at ? substr(rest, at + 2) : ""
      at = sep != ":" && match(rest, /^[^] \t"\047,;})\\]+/) ? RLENGTH : 0 # what is written on to it
      out = out (at || !is_harmless(value) ? HIDDEN : value) quote
      text = substr(rest, at + 1)
      continue
    }
    quote = substr(head, length(head), 1) # NAME=value, quoted as a whole
    if (sep == "=" && name !~ /^-/ && (quote == "\"" || quote == "\047")) at = index(rest, quote) ? index(rest, quote) : length(rest) + 1
    else if (sep != " " && alone) at = length(rest) + 1
    else { match(rest, /^(\\.|[^ \t])*/); at = RLENGTH + 1 }
    value = substr(rest, 1, at - 1)
    tail = ""; if (match(value, /[]"\047},;\\]+$/)) { tail = substr(value, RSTART); value = substr(value, 1, RSTART - 1) }
    out = out (value == "" || is_harmless(value) ? value : HIDDEN) tail; text = substr(rest, at)
  }
  return out text
}
function ends_in_flag(text,   last) {
  last = text; sub(/[ \t\\"\047]+$/, "", last); sub(/^.*[ \t"\047]/, "", last); sub(/=$/, "", last)
  return has_secret_flag(last)
}

# ---- scalars

function close_of(line, from, quote,   at, back) {
  while ((at = index(substr(line, from), quote)) > 0) {
    at += from - 1; back = at - 1
    if (quote == "\"") {
      while (substr(line, back, 1) == "\\") back--
      if ((at - 1 - back) % 2 == 0) return at
      from = at + 1
    } else if (substr(line, at + 1, 1) == quote) from = at + 2
    else return at
  }
  return 0
}
function plain_end(line, at,   rest, stop) {
  rest = substr(line, at)
  stop = match(rest, /[ \t]+#/) ? RSTART : length(rest) + 1
  if (match(rest, /:([ \t]|$)/) && RSTART < stop) stop = RSTART
  if (depth && match(rest, /[][{},]/) && RSTART < stop) stop = RSTART
  if (depth && match(rest, /:[][{},]/) && RSTART < stop) stop = RSTART
  rest = substr(rest, 1, stop - 1); sub(/[ \t]+$/, "", rest)
  return at + length(rest) - 1
}
function name_hides() {
  if (key != "value") return 0
  if (named[depth] == "" || is_secret(named[depth])) return 1
  return named[depth] ~ /^[A-Z][A-Z0-9_]*$/ && named[depth] !~ /^(ETCD|KUBE|GOMAXPROCS|GOGC|GODEBUG|GOMEMLIMIT|NODE_NAME)/
}
# One scalar that is no key, as it may be shown.
function shown(raw, quote,   hide) {
  hide = (pending || flag || name_hides()) && !is_harmless(raw)
  flag = !hide && (has_secret_flag(raw) || ends_in_flag(raw))
  if (key == "name" || key == "key") named[depth] = raw
  cut = hide
  if (hide) return HIDDEN
  cut = words(raw) != raw
  if (cut && raw ~ /[{,][ \t]*\\?["\047]?[A-Za-z_-]+\\?["\047]?[ \t]*:/) return HIDDEN
  return mask(words(raw))
}
function flow_line(line,   out, at, size, c, start, raw, quote, end, after, start_of_line) {
  out = ""; at = 1; size = length(line); start_of_line = 1
  if (!depth) { key = ""; pending = open_secret }
  while (at <= size) {
    c = substr(line, at, 1)
    if (c == " " || c == "\t") { out = out c; at++; continue }
    if (c == "#" && (at == 1 || substr(line, at - 1, 1) ~ /[ \t]/)) { out = out "#"; break }
    if (c == "?" && substr(line, at + 1, 1) ~ /^[ \t]?$/) doubt("it has keys of several words")
    if (c == "-" && !depth && start_of_line && (at == size || substr(line, at + 1, 1) ~ /[ \t]/)) {
      out = out c; dash_at = at; named[0] = ""; key_at = at - 1; at++
      if (substr(line, at) ~ /^[ \t]+[|>][0-9+-]*[ \t]*(#.*)?$/) return out block(substr(line, at), pending || flag)
      continue
    }
    start_of_line = 0
    if (c == "{" || c == "[") {
      depth++; listed[depth] = c == "[" && pending; pending = listed[depth]; named[depth] = ""; key = ""; out = out c; at++
      if (!listed[depth]) open_secret = 0
      continue
    }
    if (depth && (c == "}" || c == "]")) { depth--; pending = depth && listed[depth]; key = ""; flag = 0; out = out c; at++; continue }
    if (depth && c == ",") { pending = listed[depth]; key = ""; out = out c; at++; continue }
    if (depth && c == ":") { out = out c; at++; continue }
    if (c == "&" || c == "!") { match(substr(line, at), /^[^] \t,}]+/); out = out substr(line, at, RLENGTH); at += RLENGTH; continue }
    if (c == "*" && (pending || flag || name_hides())) doubt("a secret is written as an alias")
    start = at; quote = ""
    if (c == "\"" || c == "\047") {
      quote = c; end = close_of(line, at + 1, c)
      if (!end) doubt("a quoted text goes on in the next line")
      raw = substr(line, at + 1, end - at - 1)
    } else { end = plain_end(line, at); if (end < at) end = at; raw = substr(line, at, end - at + 1) }
    at = end + 1
    after = substr(line, at)
    if (after ~ /^[ \t]*:([ \t]|$)/ || (depth && (after ~ /^:[][{},]/ || (quote != "" && after ~ /^[ \t]*:/)))) { # a key
      match(after, /^[ \t]*:/); out = out quote raw quote substr(after, 1, RLENGTH); at += RLENGTH
      key = raw; pending = is_secret(raw); flag = 0
      if (!depth) {
        key_at = start - 1; open_secret = 0
        if (substr(line, at) ~ /^([ \t]+[&!][^ \t]*)*[ \t]+[|>][0-9+-]*[ \t]*(#.*)?$/) return out block(substr(line, at), pending || name_hides())
        if (substr(line, at) ~ /^([ \t]+[&!][^ \t]*)*[ \t]*(#.*)?$/) { open_secret = pending; open_at = key_at }
      }
      continue
    }
    size = length(line); raw = shown(raw, quote)
    if (cut && quote == "") {
      if (!depth) { hiding = 1; hidden_at = key_at }
      else if (after ~ /^[ \t]*(#.*)?$/) doubt("a secret goes on in the next line")
    }
    out = out quote raw quote
    pending = depth ? listed[depth] : 0; key = ""
  }
  return out
}
# What begins a block of text, of which the lines below are in deeper.
function block(header, hidden) {
  in_block = 1; block_at = key_at; block_hidden = hidden; key = ""; pending = flag = 0
  sub(/[ \t]+#.*$/, "", header)
  return hidden ? " " HIDDEN : header
}

{ sub(/\r$/, "") }
/PRIVATE KEY/ { doubt("a private key is in it") }
/"auths"/ { doubt("credentials of registries are in it") }
/\\u00/ || /\\x[0-9a-fA-F]/ || /"""/ || /\047\047\047/ { doubt("it is written in a way in which secrets might go unseen") }
/(^|[ \t{,"\047])kind["\047]?[ \t]*:[ \t]*["\047]?Secret(List)?["\047]?[ \t]*([,}#].*)?$/ || /"kind":"Secret(List)?"/ { doubt("it is a Secret") }
/-----BEGIN (CERTIFICATE|PUBLIC KEY|X509 CRL)-----[ \t]*$/ { certificate = 1 }
certificate {
  if ($0 !~ /^[ \t]*([A-Za-z0-9+\/=]*|-----(BEGIN|END) [A-Z0-9 ]+-----)[ \t]*$/) doubt("a certificate is damaged")
  if (/-----END /) certificate = 0
  print in_block && block_hidden ? "" : $0; next
}
/^[ \t]*$/ { print; next }
lines {
  if (/^[ \t]*[#;]/) { print substr($0, 1, index($0, $1)); next }
  if (flag && $0 !~ /^[ \t]*["\047]?--/) {
    bare = $0; gsub(/[ \t\\"\047]/, "", bare); flag = 0
    if (!is_harmless(bare)) { match($0, /^[ \t]*/); print substr($0, 1, RLENGTH) HIDDEN (/\\$/ ? " \\" : ""); next }
  }
  flag = ends_in_flag($0)
  print mask(words($0)); next
}
{
  match($0, /^[ \t]*/); indent = RLENGTH
  if (in_block) {
    if (indent > block_at) {
      if (block_hidden) { print ""; next }
      if ($0 ~ /["\047]?[A-Za-z_-]+["\047]?[ \t]*:[ \t]*$/) { text = $0; gsub(/["\047: \t]/, "", text); sub(/^-+/, "", text); if (is_secret(text)) doubt("a text in it holds a secret") }
      # An argument may be a text of many lines: after a secret one all the rest may be its value.
      if (flag && !is_harmless($0)) { print substr($0, 1, indent) HIDDEN; flag = 0; block_hidden = 1; next }
      text = substr($0, indent + 1); flag = ends_in_flag(text); rest = words(text)
      if (rest != text && text ~ /^-/) block_hidden = 1
      print substr($0, 1, indent) mask(rest); next
    }
    in_block = 0
  }
  if (hiding) { if (!depth && indent > hidden_at) { print ""; next } hiding = 0 }
  if (!depth && /^---([ \t]|$)/) { print "---"; open_secret = flag = 0; named[0] = ""; next }
  if (open_secret && !depth && (indent < open_at || (indent == open_at && !/^[ \t]*- /))) open_secret = 0
  print flow_line($0)
}
'
# Certificates and public keys of a PEM file, and nothing else that may stand in it.
PUBLIC='
{ sub(/\r$/, "") }
/^-----BEGIN / { on = ($0 ~ /^-----BEGIN (CERTIFICATE|X509 CERTIFICATE|TRUSTED CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL)-----$/) }
on && /^([A-Za-z0-9+\/=]+|-----(BEGIN|END) [A-Z0-9 ]+-----)$/ { print }
/^-----END / { on = 0 }
'
# Absolute paths that a configuration names, each once.
PATHS='
{
  while (match($0, /(^|[ \t"\047=:,[])\/[A-Za-z0-9._@+-][A-Za-z0-9._@+\/-]*/)) {
    word = substr($0, RSTART, RLENGTH); sub(/^[^\/]/, "", word); sub(/\/+$/, "", word)
    if (/staticPodPath|pod-manifest-path/) word = word "/"
    if (/config-dir/) word = word "//"
    if (!(word in known) && count++ < 200) { known[word] = 1; print word }
    $0 = substr($0, RSTART + RLENGTH)
  }
}
'

# ---- words

has() { command -v "$1" >/dev/null 2>&1; }

joined() { # lines in, one line out
	if has tr; then tr -d '\n'; else while IFS= read -r line; do printf '%s' "$line"; done; fi
}

bytes() { # any bytes in, a JSON value that holds them out
	if has base64; then
		printf '{"base64":"'
		base64 | joined
		printf '"}'
	elif has od && has tr; then
		printf '{"hex":"'
		od -An -v -tx1 | tr -d ' \n'
		printf '"}'
	else
		printf '{"lost":"neither base64 nor od"}'
	fi
}

text() { # a JSON value for a text: itself where it is printable ASCII
	case $1 in
	*[!\ -~]* | *[\"\\]*) printf '%s' "$1" | bytes ;;
	*) printf '"%s"' "$1" ;;
	esac
}

start() { # of the bytes of a file, so many
	{ if has head; then head -c "$2" <"$1"; else dd bs=1024 count="$(($2 / 1024))" <"$1"; fi; } 2>/dev/null
}

number() {
	case $1 in
	'' | *[!0-9]*) printf 'null' ;;
	*) printf '%s' "$1" ;;
	esac
}

# ---- files

octal() { # drwxr-xr-x in, 0755 in $octal out
	letters=${1#?} special=0 octal=
	for place in 4 2 1; do
		three=${letters%"${letters#???}"} letters=${letters#???} value=0
		case $three in r*) value=4 ;; esac
		case $three in ?w*) value=$((value + 2)) ;; esac
		case $three in ??[xst]) value=$((value + 1)) ;; esac
		case $three in ??[sStT]) special=$((special + place)) ;; esac
		octal=$octal$value
	done
	octal=$special$octal
}

# What is known of a file: sets mode, uid, gid, size and id (device and inode). False if it cannot be looked at.
look() {
	mode='' uid='' gid='' size='' id=''
	if has stat && got=$(stat -c '%a %u %g %s %d:%i' "$1" 2>/dev/null); then
		# shellcheck disable=SC2086
		set -- $got
		mode=$1 uid=$2 gid=$3 size=$4 id=$5
	else
		# shellcheck disable=SC2012
		got=$(ls -ldni "$1" 2>/dev/null) || return 1
		got=${got%%"$NL"*}
		# shellcheck disable=SC2086
		set -- $got
		[ $# -ge 6 ] || return 1
		octal "$2"
		mode=$octal uid=$4 gid=$5 size=$6 id=$1
	fi
	case $uid in '' | *[!0-9]*) return 1 ;; esac
}

# Where a path leads below a root, links followed there: sets real and target (empty where no link is on the way).
locate() {
	top=$1 rest=$2 done='' links=0 target='' error=''
	while :; do
		while :; do case $rest in /*) rest=${rest#/} ;; *) break ;; esac done
		[ "$rest" ] || break
		step=${rest%%/*}
		case $rest in */*) rest=/${rest#*/} ;; *) rest='' ;; esac
		case $step in
		.) continue ;;
		..) done=${done%/*} && continue ;;
		esac
		if [ -L "$top$done/$step" ]; then
			links=$((links + 1))
			if [ $links -gt 40 ]; then error='links without end' && return 1; fi
			link=$(readlink "$top$done/$step" 2>/dev/null && printf x) || link=''
			link=${link%?}
			link=${link%"$NL"}
			if [ -z "$link" ]; then error='a link that cannot be read' && return 1; fi
			case $link in /*) done='' ;; esac
			rest=$link$rest target=link
		else
			if [ -d "$top$done" ] && ! [ -x "$top$done/" ]; then error='permission denied' && return 1; fi
			done=$done/$step
		fi
	done
	real=$top$done
	[ "$target" ] && target=${done:-/}
	if ! [ -e "$real" ]; then error='is not there' && return 1; fi
}

seen=$NL
total=0
separator=''
views='' view_separator=''
owners=' ' groups=' '
queue=''

# One file: its name in the bundle, what to open, where links lead, and how its content is to be read:
# none, pem, known (configuration of a known form), or any (taken if it proves to be a document of Kubernetes).
record() {
	case $seen in *"$NL$1$NL"*) return ;; esac
	case $1 in *"$NL"*) ;; *) seen=$seen$1$NL ;; esac
	total=$((total + 1))
	[ $total -le $MOST_FILES ] || return
	printf '%s{"name":' "$separator"
	separator=,$NL
	text "$1"
	kind=other
	if [ -f "$2" ]; then kind='file'; elif [ -d "$2" ]; then kind=directory; elif [ -S "$2" ]; then kind=socket; fi
	printf ',"type":"%s"' $kind
	[ "$3" ] && printf ',"target":' && text "$3"
	if look "$2"; then
		printf ',"mode":"%s","uid":%s,"gid":%s,"size":%s' "$mode" "$uid" "$gid" "$(number "$size")"
		case $owners in *" $uid "*) ;; *) owners="$owners$uid " ;; esac
		case $groups in *" $gid "*) ;; *) groups="$groups$gid " ;; esac
	else
		printf ',"error":"owner and mode cannot be read"'
	fi
	[ $kind != file ] || content "$1" "$2" "$4" "$5" "$6"
	printf '}'
}

withheld() { printf ',"withheld":' && text "$1"; }

content() { # name, file, how, and whose paths it names: root and label
	[ "$3" = none ] && return
	if ! [ -r "$2" ]; then withheld 'it cannot be read' && return; fi
	if ! has awk; then withheld 'there is no awk to look for secrets' && return; fi
	case $size in '' | *[!0-9]*) size=0 ;; esac
	if [ "$size" -gt $MOST_BYTES ]; then withheld "larger than $((MOST_BYTES / 1024)) KiB" && return; fi
	if [ "$3" = pem ]; then
		body=$(start "$2" $MOST_BYTES | awk "$PUBLIC")
		if [ "$body" ]; then printf ',"content":' && printf '%s\n' "$body" | bytes; fi
		return
	fi
	if has tr && [ "$(start "$2" $MOST_BYTES | tr -d '\000' | wc -c)" -ne "$(start "$2" $MOST_BYTES | wc -c)" ]; then
		withheld 'it is no text' && return
	fi
	lines=''
	if [ "$3" = known ]; then
		case $1 in
		*.yaml | *.yml | *.json | *.conflist | */cni/net.d/*) ;;
		*) if [ "$(start "$2" $MOST_BYTES | awk '/^[ \t]*([#;].*)?$/ { next } { print; exit }' | awk '/^[ \t]*[A-Za-z_."-]+:([ \t]|$)|^[ \t]*\{/')" ]; then :; else lines=1; fi ;;
		esac
	fi
	body=$(start "$2" $MOST_BYTES | awk -v lines="$lines" "$CONFIG")
	case $? in
	0) ;;
	3) withheld "${body##*"$SOH"}" && return ;;
	*) withheld 'awk could not read it' && return ;;
	esac
	if [ "$3" = any ]; then
		case $body in
		*apiVersion*kind* | *kind*apiVersion*) ;;
		*) withheld 'it is no configuration of a known form' && return ;;
		esac
	fi
	printf ',"content":' && printf '%s\n' "$body" | bytes
	for found in $(printf '%s\n' "$body" | awk "$PATHS"); do queue="$queue$4	$5	$found$NL"; done
}

how() { # how a file is to be read, by its name
	case $1 in
	*.crt | *.pem | *.cert | *.cer | *.pub) how=pem ;;
	*.key | *.csv | *.p12 | *.jks | *[tT]oken* | *passw* | *shadow* | *id_rsa* | */cloud.conf | */cloud-config | */azure.json) how=none ;;
	*/kubeadm-flags.env | *.service | *.service.d/*.conf | */default/kubelet | */sysconfig/kubelet) how=known ;;
	*/cni/net.d/*.conf | *.conflist | */crictl.yaml | */containerd/*.toml | */crio/*.conf | */crio.conf.d/*) how=known ;;
	*/rancher/*/config.yaml | */rancher/*/config.yaml.d/*.yaml | */k0s/*.yaml | */etcd/*.conf | */etcd/*.yml | */etcd/*.yaml | */etcd.conf.yml | */etcd.env | */default/etcd | */default/k3s | */docker/daemon.json | */microk8s/current/args/*) how=known ;;
	*/Corefile) how=known ;;
	*) how=any ;;
	esac
}

host() { # a file of the node itself, if it is there
	if locate "$ROOT" "$1"; then
		how "$1"
		record "$1" "$real" "$target" "${2:-$how}" "$ROOT" ''
	elif [ "$error" != 'is not there' ]; then
		unseen "$1" "$error"
	fi
}

unseen() { # something that may be there and could not be looked at
	case $seen in *"$NL$1$NL"*) return ;; esac
	seen=$seen$1$NL
	printf '%s{"name":' "$separator"
	separator=,$NL
	text "$1"
	printf ',"type":"unknown","error":'
	text "$2"
	printf '}'
}

tree() { # a folder of the node and what is in it, so many levels deep
	host "$1"
	locate "$ROOT" "$1" && [ -d "$real" ] || return 0
	if ! [ -r "$real" ] || ! [ -x "$real/" ]; then
		unseen "$1/*" 'permission denied'
		return
	fi
	within "$1" "$2" "${3:-}" "$real"
}

within() { # entries of a folder: its name, levels, how, what to open; run in this shell, with its own list of names
	set +f
	set -- "$1" "$2" "$3" "$4" "$4"/* "$4"/.[!.]*
	set -f
	inside=$1 levels=$2 as=$3 opened=$4
	shift 4
	for entry; do
		[ -e "$entry" ] || [ -L "$entry" ] || continue
		host "$inside/${entry##*/}" "$as"
		if [ "$levels" -gt 1 ] && [ -d "$entry" ] && ! [ -L "$entry" ]; then
			within_kept "$inside" "$levels" "$as" "${entry##*/}" "$entry"
		fi
	done
	: "$opened"
}

within_kept() { # descends, and comes back with the caller's words as they were
	if [ -r "$5" ] && [ -x "$5/" ]; then
		within "$1/$4" $(($2 - 1)) "$3" "$5"
	else
		unseen "$1/$4/*" 'permission denied'
	fi
	inside=$1 levels=$2 as=$3
}

# A path as a process names it. In the bundle the file goes by the node's own name where it is the same file, else by
# that of the component and the path. Of a folder whose path ends in a slash the files are taken as well, and where it
# ends in two, those below it.
view() {
	viewed=${3%/} viewed=${viewed%/} how=${4:-} top=$PROC/$1/root
	case $viewed in '' | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) return ;; esac
	if ! [ -x "$top/" ]; then
		view_line "$1" "$viewed" '' 'the files of the process cannot be seen'
		[ "$how" ] || how "$viewed"
		host "$viewed" "$how"
		return
	fi
	if ! locate "$top" "$viewed"; then
		if [ "$error" != 'is not there' ] || [ "${5:-}" ]; then view_line "$1" "$viewed" '' "$error"; fi
		return
	fi
	theirs=$real their_target=$target
	look "$theirs" || :
	their_id=$id their_uid=$uid their_mode=$mode
	name=$2:$viewed
	if locate "$ROOT" "$viewed" && look "$real" && [ "$id" = "$their_id" ]; then name=$viewed; fi
	[ "$how" ] || how "$viewed"
	# A process is given no more than it could read itself: its name proves nothing.
	if [ "$process_uid" != 0 ] && [ "$process_uid" != "$their_uid" ]; then
		case $their_mode in *[4567]) ;; *) how=none ;; esac
	fi
	record "$name" "$theirs" "$their_target" "$how" "$PROC/$1/root" "$1$TAB$2"
	[ "$name" = "$viewed" ] || view_line "$1" "$viewed" "$name" ''
	case $3 in
	*//) [ -d "$theirs" ] && [ -r "$theirs" ] && drop_ins "$1" "$2" "$viewed" "$theirs" 8 ;;
	*/) [ -d "$theirs" ] && [ -r "$theirs" ] && entries "$1" "$2" "$viewed" "$theirs" ;;
	esac
}

entries() { # views of the files in a folder
	set +f
	set -- "$1" "$2" "$3" "$4"/*
	set -f
	entry_pid=$1 entry_component=$2 entry_folder=$3
	shift 3
	for entry; do
		if [ -f "$entry" ]; then view "$entry_pid" "$entry_component" "$entry_folder/${entry##*/}"; fi
	done
}

# Views of a folder of drop-ins as the kubelet walks it: hidden files count, and folders below, but no link to one.
drop_ins() { # pid, component, folder as the process names it, folder, levels
	set +f
	set -- "$1" "$2" "$3" "$5" "$4"/* "$4"/.[!.]* "$4"/..?*
	set -f
	drop_pid=$1 drop_component=$2 drop_folder=$3 drop_levels=$4
	shift 4
	for entry; do
		if [ -f "$entry" ]; then
			view "$drop_pid" "$drop_component" "$drop_folder/${entry##*/}"
		elif [ -d "$entry" ] && ! [ -L "$entry" ]; then
			drop_ins_below "$drop_pid" "$drop_component" "$drop_folder" "$drop_levels" "$entry"
		fi
	done
}

drop_ins_below() { # descends, and comes back with the caller's words as they were
	view "$1" "$2" "$3/${5##*/}"
	if [ "$4" -gt 1 ] && [ -r "$5" ] && [ -x "$5/" ]; then
		drop_ins "$1" "$2" "$3/${5##*/}" "$5" $(($4 - 1))
	else
		unseen "$3/${5##*/}/*" 'permission denied, or too deep'
	fi
	drop_pid=$1 drop_component=$2 drop_folder=$3 drop_levels=$4
}

view_line() {
	case $views in *"{\"pid\":$1,\"path\":$(text "$2"),"*) return ;; esac
	views="$views$view_separator{\"pid\":$1,\"path\":$(text "$2"),\"file\":$(text "$3"),\"error\":$(text "$4")}"
	view_separator=,$NL
}

follow() { # the files that configuration files name, and those that these name
	for _ in 1 2 3; do
		waiting=$queue queue=''
		IFS=$NL
		for line in $waiting; do
			IFS=' 	'$NL
					from=${line%%"$TAB"*} found=${line##*"$TAB"}
			label=${line#*"$TAB"} label=${label%"$TAB"*}
			if [ "$label" ]; then
				pid=${label%%"$TAB"*}
				owner_of "$pid"
				view "$pid" "${label#*"$TAB"}" "$found"
			elif [ "$from" = "$ROOT" ]; then
				case $found in /proc/* | /sys/* | /dev/* | /usr/* | /bin/* | /sbin/*) ;; */) tree "${found%/}" 1 ;; *) host "$found" ;; esac
			fi
		done
		IFS=' 	'$NL
	done
}

# ---- processes

component_of() { # the component that an executable's name means, in $component; agents that watch are in $agent
	component='' agent=''
	case $1 in
	kube-apiserver | kube-controller-manager | kube-scheduler | etcd | kubelet | kube-proxy | cloud-controller-manager) component=$1 ;;
	coredns | node-cache | containerd | crio | dockerd | cri-dockerd | k0s | flanneld | kube-router | kubelite | hyperkube) component=$1 ;;
	k3s | k3s-server | k3s-agent) component=k3s ;;
	rke2 | rke2-server | rke2-agent) component=rke2 ;;
	calico-node | calico-felix | felix) component=calico-node ;;
	cilium-agent | antrea-agent | kindnetd | kube-vip | etcd-manager | konnectivity-server | konnectivity-agent) component=$1 ;;
	proxy-server) component=konnectivity-server ;;
	proxy-agent) component=konnectivity-agent ;;
	falco | tetragon | tracee | tracee-ebpf | sysdig | dragent | sysdig-agent | kubearmor | auditd | osqueryd | falcon-sensor | falcon-sensor-b | wazuh-agentd | ossec-agentd | system-probe | security-agent | wdavdaemon | mdsd | s1-agent | ds_agent | elastic-agent | auditbeat | stackrox | collector | trivy-operator | nessusd | tetrad | kubescape | node-agent) agent=$1 ;;
	esac
}

owner_of() { # the user that a process runs as, in $process_uid
	process_uid=''
	while read -r key real_uid effective _; do
		if [ "$key" = Uid: ]; then process_uid=${effective:-$real_uid} && break; fi
	done 2>/dev/null <"$PROC/$1/status" || :
}

arguments() { # of a process, one a line with `=` before each and \001 for a line break in one
	start "$PROC/$1/cmdline" $MOST_ARGUMENTS | tr '\n\000' '\001\n' | awk "$WORDS"
}

split_lines() { # runs a function on each line, in this shell
	action=$1 lines=$2
	IFS=$NL
	# shellcheck disable=SC2086
	set -- $lines
	IFS=' 	'$NL
	for item; do $action "$item"; done
}

broken_text() { # a text in which \001 stands for a line break
	case $1 in
	*"$SOH"*) printf '%s' "$1" | tr '\001' '\n' | bytes ;;
	*) text "$1" ;;
	esac
}

argument() {
	printf '%s' "$word_separator" && broken_text "${1#=}"
	word_separator=,
}

variable() { # NAME=value of the environment, if it is known to be harmless
	case ${1#=} in
	*TOKEN*=* | *PASS*=* | *SECRET*=* | *CREDENTIAL*=* | *AUTH_KEY*=* | KUBERNETES_PORT* | *_PORT_[0-9]*) return ;;
	*KEY=*) return ;;
	ETCD_*=* | ETCDCTL_*=* | KUBE*=* | GOMAXPROCS=* | GOGC=* | GODEBUG=* | GOMEMLIMIT=* | NODE_NAME=* | K3S_*=* | RKE2_*=* | CONTAINERD_*=*) ;;
	*) return ;;
	esac
	printf '%s' "$word_separator" && broken_text "${1#=}"
	word_separator=,
}

process() { # one process of a component, unless it has ended since it was found
	words=''
	if has awk && has tr; then words=$(arguments "$1"); fi
	[ "$words" ] || [ -d "$PROC/$1" ] || return 0
	printf '%s{"pid":%s,"component":"%s"' "$separator" "$1" "$2"
	separator=,$NL
	owner_of "$1"
	printf ',"uid":%s' "$(number "$process_uid")"
	exe=$(readlink "$PROC/$1/exe" 2>/dev/null) && printf ',"executable":' && text "$exe"
	unread=''
	if has awk && has tr; then
		if [ "$words" ]; then
			printf ',"arguments":[' && word_separator=''
			split_lines argument "$words"
			printf ']'
		else
			unread=arguments # each process has its name at least
		fi
		# In braces: where `:` itself cannot have its input, a shell ends.
		if [ -r "$PROC/$1/environ" ] && { :; } 2>/dev/null <"$PROC/$1/environ"; then
			printf ',"environment":[' && word_separator=''
			split_lines variable "$(start "$PROC/$1/environ" $MOST_ARGUMENTS | tr '\n\000' '\001\n' | awk "$WORDS")"
			printf ']'
		else
			unread="$unread environment"
		fi
		listening "$1" || unread="$unread listening"
	else
		unread='arguments environment listening'
	fi
	[ -x "$PROC/$1/root/" ] || unread="$unread files"
	printf ',"unread":' && text "${unread# }"
	printf '}'
}

# Addresses as /proc/net/tcp has them, of the sockets that the process holds.
listening() {
	# shellcheck disable=SC2012
	held=$(ls -l "$PROC/$1/fd" 2>/dev/null | awk '{ if (match($0, /socket:\[[0-9]+\]$/)) printf " %s ", substr($0, RSTART + 8, RLENGTH - 9) }')
	[ -r "$PROC/$1/fd/" ] && [ -r "$PROC/$1/net/tcp" ] || return 1
	addresses=''
	for table in tcp tcp6; do
		[ -r "$PROC/$1/net/$table" ] || continue
		addresses="$addresses $(awk -v held="$held" '
			$4 == "0A" && index(held, " " $10 " ") && $2 ~ /^[0-9A-F]+:[0-9A-F]+$/ && !($2 in known) { known[$2] = 1; print $2 }
		' "$PROC/$1/net/$table" 2>/dev/null)" || return 1
	done
	printf ',"listening":[' && word_separator=''
	for address in $addresses; do printf '%s"%s"' "$word_separator" "$address" && word_separator=,; done
	printf ']'
}

named() { # an argument or variable that names files: --flag=/a,/b or /a or unix:///a
	value=${1#=}
	case $value in *"$SOH"*) return ;; esac
	flag=''
	case $value in
	-*=*) flag=${value%%=*} && value=${value#*=} ;;
	-*) previous=$value && return ;;
	[A-Za-z_]*=*) flag=${value%%=*} && value=${value#*=} ;;
	*) flag=$previous ;;
	esac
	previous=''
	case $value in *://*) value=${value#*://} ;; esac
	case $value in /*) ;; *) return ;; esac
	how_named "$viewing" "$flag"
	while [ "$value" ]; do
		one=${value%%,*}
		case $value in *,*) value=${value#*,} ;; *) value='' ;; esac
		case $flag in --pod-manifest-path) one=${one%/}/ ;; --config-dir) one=${one%/}// ;; esac
		case $one in /*) view "$pid" "$viewing" "$one" "$named_how" asked ;; esac
	done
}

how_named() { # files that a flag of this component names and that have a form of their own
	named_how=''
	case $1:$2 in
	*:*token*file | *:--basic-auth-file | *:--cloud-config | *:--audit-log-path) named_how=none ;;
	*:*cert* | *:*-key-file | *:*-keyfile | *:--*-ca-file | *:*cafile | *:*CERT* | *:*KEY* | *:*CA_FILE) named_how=pem ;;
	etcd:--config-file | etcd:ETCD_CONFIG_FILE | coredns:-conf | coredns:--conf | containerd:-c | containerd:--config | crio:-c | crio:--config | k3s:-c | k3s:--config | rke2:-c | rke2:--config | k0s:-c | k0s:--config | dockerd:--config-file) named_how=known ;;
	esac
}

# ---- the node

value_of() { # a file of one line, in $got; false if there is nothing
	# Not with `read`: it asks for single bytes, and of what is below /proc/sys the kernel gives the first one alone.
	got=$(start "$1" 4096) || got=''
	got=${got%%"$NL"*}
	[ "$got" ]
}

setting() { # a JSON member for a kernel parameter or the like, if it can be read
	if value_of "$2"; then
		printf '%s"%s":' "$word_separator" "$1" && text "$got" && word_separator=,
	elif [ -e "$2" ]; then
		unread_settings="$unread_settings $1"
	fi
}

state() {
	printf '"kernel":{' && word_separator='' unread_settings='' other_network=''
	# In a pod with a network of its own, what is below net is of that, not of the node.
	ours=$(readlink "$PROC/self/ns/net" 2>/dev/null) || ours=''
	init=$(readlink "$PROC/1/ns/net" 2>/dev/null) || init=unknown
	if [ "$ROOT" ] && [ "$ours" != "$init" ]; then other_network=yes unread_settings=' net.*'; fi
	for key in vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes \
		kernel.kptr_restrict kernel.dmesg_restrict kernel.yama.ptrace_scope kernel.modules_disabled kernel.unprivileged_bpf_disabled \
		kernel.unprivileged_userns_clone kernel.kexec_load_disabled kernel.perf_event_paranoid kernel.randomize_va_space kernel.pid_max \
		user.max_user_namespaces net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.core.bpf_jit_harden net.ipv4.conf.all.rp_filter \
		net.ipv4.conf.all.accept_redirects net.ipv4.conf.all.send_redirects net.ipv4.conf.all.route_localnet \
		fs.protected_symlinks fs.protected_hardlinks fs.protected_fifos fs.protected_regular fs.suid_dumpable; do
		case $key in net.*) [ "$other_network" ] && continue ;; esac
		file=$key path=''
		while :; do case $file in *.*) path=$path/${file%%.*} file=${file#*.} ;; *) break ;; esac done
		setting "$key" "$PROC/sys$path/$file"
	done
	printf '}'
	printf ',"facts":{' && word_separator=''
	setting release "$PROC/sys/kernel/osrelease"
	got=$(uname -m 2>/dev/null) && printf '%s"machine":' "$word_separator" && text "$got" && word_separator=,
	setting lsm "$SYS/kernel/security/lsm"
	setting apparmor "$SYS/module/apparmor/parameters/enabled"
	setting selinux "$SYS/fs/selinux/enforce"
	setting lockdown "$SYS/kernel/security/lockdown"
	if [ -e "$SYS/fs/cgroup/cgroup.controllers" ]; then got=2; elif [ -d "$SYS/fs/cgroup/memory" ]; then got=1; else got=''; fi
	[ "$got" ] && printf '%s"cgroups":"%s"' "$word_separator" "$got" && word_separator=,
	if [ -r "$PROC/swaps" ]; then
		swaps=0
		while read -r swap _; do case $swap in Filename | '') ;; *) swaps=$((swaps + 1)) ;; esac done <"$PROC/swaps"
		printf '%s"swap":"%s"' "$word_separator" "$swaps" && word_separator=,
	fi
	if locate "$ROOT" /etc/os-release && [ -r "$real" ]; then
		while IFS='=' read -r key value; do
			case $key in
			ID | VERSION_ID | PRETTY_NAME | VARIANT_ID)
				value=${value#[\"\']} value=${value%[\"\']}
				printf '%s"os.%s":' "$word_separator" "$key" && text "$value" && word_separator=,
				;;
			esac
		done <"$real"
	fi
	printf '},"unread":' && text "${unread_settings# }"
}

names_of() { # numbers and the file that names them; JSON members
	word_separator=''
	locate "$ROOT" "$2" && [ -r "$real" ] || return 0
	while IFS=: read -r name _ number _; do
		case $1 in
		*" $number "*) printf '%s"%s":' "$word_separator" "$number" && text "$name" && word_separator=, ;;
		esac
	done <"$real"
}

places() { # where configuration lies by custom; what is not there is no loss
	tree /etc/kubernetes 6
	host /var/lib/kubelet
	host /var/lib/kubelet/config.yaml
	host /var/lib/kubelet/config.json none
	host /var/lib/kubelet/instance-config.yaml
	host /var/lib/kubelet/kubeadm-flags.env
	host /var/lib/kubelet/kubeconfig
	host /var/lib/kubelet/bootstrap-kubeconfig
	host /var/lib/kubelet/kubelet.conf
	tree /var/lib/kubelet/pki 2
	tree /var/lib/kubelet/config.d 1
	tree /etc/kubernetes/kubelet.conf.d 1
	host /var/lib/kube-proxy/kubeconfig
	host /var/lib/kube-proxy/kubeconfig.conf
	host /etc/default/kubelet
	host /etc/sysconfig/kubelet
	for unit in kubelet kube-proxy kube-apiserver kube-controller-manager kube-scheduler etcd containerd crio docker cri-docker k3s k3s-agent rke2-server rke2-agent k0scontroller k0sworker; do
		for folder in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
			host $folder/$unit.service
			tree $folder/$unit.service.d 1
		done
		host /etc/systemd/system/$unit.service.env none
		host /etc/default/$unit
		host /etc/sysconfig/$unit
	done
	for product in k3s rke2; do
		tree /etc/rancher/$product 2
		base=/var/lib/rancher/$product
		host $base/server
		host $base/server/token none
		host $base/server/node-token none
		host $base/server/agent-token none
		tree $base/server/tls 3
		tree $base/server/cred 1
		tree $base/server/manifests 1 none
		host $base/server/db none
		host $base/server/db/etcd none
		host $base/server/db/etcd/config known
		host $base/server/db/state.db none
		tree $base/agent 1
		tree $base/agent/pod-manifests 1
		tree $base/agent/etc 3
	done
	tree /etc/k0s 2
	tree /var/lib/k0s/pki 2
	tree /var/lib/k0s/manifests 1 none
	host /var/lib/k0s/etcd none
	host /var/lib/k0s/kubelet-config.yaml
	tree /var/snap/microk8s/current/args 2
	tree /var/snap/microk8s/current/certs 1
	tree /etc/etcd 2
	tree /etc/ssl/etcd 2
	host /etc/etcd.env known
	host /var/lib/etcd none
	host /var/lib/etcd/member none
	tree /etc/cni/net.d 1
	host /opt/cni/bin none
	host /etc/crictl.yaml
	tree /etc/containerd 2
	host /etc/crio/crio.conf
	tree /etc/crio/crio.conf.d 1
	host /etc/docker/daemon.json
	host /etc/docker none
	for socket in /run/containerd/containerd.sock /run/crio/crio.sock /run/docker.sock /var/run/docker.sock /run/cri-dockerd.sock \
		/run/k3s/containerd/containerd.sock /run/k0s/containerd.sock /var/snap/microk8s/common/run/containerd.sock; do
		host $socket none
	done
	tree /etc/audit 2 none
	tree /etc/falco 1 none
	host /var/log/kubernetes none
	host /var/log/audit none
}

main() {
	SYS=${KUBEPLUMB_SYS:-$ROOT/sys}
	printf '{"schema":"kubeplumb.dev/node/v1",\n"collected":"%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)"
	printf '"missing":['
	word_separator=''
	for tool in awk base64 date dd head id ls od readlink stat tr uname wc; do
		has $tool || { printf '%s"%s"' "$word_separator" $tool && word_separator=,; }
	done
	me=$(id -u 2>/dev/null)
	printf '],\n"user":{"uid":%s,"root":%s},\n' "$(number "$me")" "$([ "$me" = 0 ] && echo true || echo false)"
	[ -d "$PROC/self" ] || [ -e "$PROC/1" ] && printf '"processesSeen":true,\n' || printf '"processesSeen":false,\n'

	printf '"processes":[\n'
	components='' agents='' separator=''
	set +f
	set -- "$PROC"/[0-9]*
	set -f
	for folder; do
		pid=${folder##*/}
		name=''
		{ IFS= read -r name <"$folder/comm"; } 2>/dev/null || continue
		case $name in ?????????????*) # at most 15 characters of it are told
			exe=$(readlink "$folder/exe" 2>/dev/null) || exe=''
			exe=${exe%' (deleted)'}
			case ${exe##*/} in "$name"*) name=${exe##*/} ;; kube-controller*) ;; *)
				case $name in kube-controller) name=kube-controller-manager ;; cloud-controlle) name=cloud-controller-manager ;; esac ;;
			esac
			;;
		esac
		component_of "$name"
		if [ "$agent" ]; then agents="$agents $agent:$pid"; fi
		[ "$component" ] || continue
		components="$components $pid:$component"
		process "$pid" "$component"
	done
	printf '],\n"files":[\n'
	separator=''
	places
	for one in $components; do
		pid=${one%%:*} viewing=${one#*:} previous=''
		owner_of "$pid"
		if has awk && has tr; then
			split_lines named "$(arguments "$pid")"
			previous=''
			split_lines named_variable "$([ -r "$PROC/$pid/environ" ] && start "$PROC/$pid/environ" $MOST_ARGUMENTS | tr '\n\000' '\001\n' | awk "$WORDS")"
		fi
	done
	follow
	printf '],\n"views":[\n%s],\n' "$views"
	printf '"leftOut":%s,\n' "$([ $total -gt $MOST_FILES ] && echo $((total - MOST_FILES)) || echo 0)"
	printf '"users":{' && names_of "$owners" /etc/passwd && printf '},\n"groups":{' && names_of "$groups" /etc/group && printf '},\n'
	printf '"agents":['
	word_separator=''
	for one in $agents; do printf '%s{"name":"%s","pid":%s}' "$word_separator" "${one%%:*}" "${one#*:}" && word_separator=,; done
	printf '],\n"state":{' && state && printf '},\n"hostname":'
	got=''
	if [ "$ROOT" ] && value_of "$ROOT/etc/hostname"; then :; elif value_of "$PROC/sys/kernel/hostname"; then :; else got=$(uname -n 2>/dev/null); fi
	text "$got"
	printf ',\n"node":' && text "${KUBEPLUMB_NODE:-}"
	printf ',\n"end":true}\n'
}

named_variable() {
	case ${1#=} in ETCD_*=* | KUBE*=* | K3S_*=*) named "$1" ;; esac
}

main </dev/null
