# Sourced by bin/demo and bin/test: makes sure that there is a compiler. Installs only what is
# missing, through apt-get, and says so.

say() { printf '%s\n' "$*" >&2; }

apt_install() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "missing: $*. Install them as root with: apt-get install $*"
      exit 3
    fi
    as_root=(sudo)
  fi
  say "installing $* …"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

need_programs() {
  local missing=()
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  command -v make >/dev/null || missing+=(make)
  command -v pkg-config >/dev/null || missing+=(pkg-config)
  command -v curl >/dev/null || missing+=(curl ca-certificates)
  # aws-lc, the cryptographic library, is C and is built with CMake.
  command -v cmake >/dev/null || missing+=(cmake)
  if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
}

# A PostgreSQL server, which the tests start for themselves. Not needed to run a node.
need_postgres() {
  local found=(/usr/lib/postgresql/*/bin/postgres)
  if [ ! -x "${found[0]}" ] && ! command -v postgres >/dev/null; then apt_install postgresql; fi
}

# Chinese characters for printed vouchers; any other font that crates/voucher looks for will do.
need_font() {
  local path
  for path in /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc \
    /usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc \
    /usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc \
    /usr/share/fonts/truetype/wqy/wqy-microhei.ttc \
    '/System/Library/Fonts/Hiragino Sans GB.ttc' '/System/Library/Fonts/STHeiti Light.ttc'; do
    if [ -e "$path" ]; then return; fi
  done
  apt_install fonts-noto-cjk
}

need_rust() {
  export PATH="$HOME/.cargo/bin:$PATH"
  if ! command -v cargo >/dev/null && ! command -v rustup >/dev/null; then
    if apt-cache show rustup >/dev/null 2>&1; then
      apt_install rustup
    else
      say "Rust is missing and this system has no package rustup. Install it as https://rustup.rs"
      say "describes, then run this again."
      exit 3
    fi
  fi
  if command -v rustup >/dev/null && ! cargo --version >/dev/null 2>&1; then
    say "installing the stable Rust tool chain …"
    rustup default stable >/dev/null
  fi
  local wanted have
  wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml | head -1)
  have=$(cargo --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -1)" != "$wanted" ]; then
    say "Rust $wanted or newer is needed, and $have is installed: run rustup update stable"
    exit 3
  fi
}
