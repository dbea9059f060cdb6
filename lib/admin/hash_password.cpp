/// `--hash-password`.
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "lib/admin/admin.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/file.hpp"
#include "lib/crypto/crypt.hpp"
#include "lib/smtp/scram.hpp"

namespace smtpd {
namespace {

constexpr std::uint32_t iterations = 10000;
constexpr std::size_t salt_octets = 16;

/// Up to the first line end.
std::string read_line() {
  constexpr std::size_t most = 4096;
  std::string text;
  char octet = 0;
  while (text.size() < most && ::read(STDIN_FILENO, &octet, 1) == 1 && octet != '\n') text += octet;
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// A terminal that does not show what is typed, until the object goes. A signal that would end the
/// process first gives the terminal back what it had.
class Hidden {
 public:
  Hidden() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    for (const int signal : signals) ::signal(signal, give_back);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    for (const int signal : signals) ::signal(signal, SIG_DFL);
  }

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGQUIT, SIGHUP};
  static void give_back(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  static inline termios before_ = {};
};

std::string ask(std::string_view question) {
  [[maybe_unused]] const auto asked = write_all(STDERR_FILENO, question);
  std::string answer = read_line();
  [[maybe_unused]] const auto ended = write_all(STDERR_FILENO, "\n");
  return answer;
}

/// From a terminal asked for twice, without showing it. Errors: a sentence.
std::expected<std::string, std::string> read_password() {
  std::string password;
  if (::isatty(STDIN_FILENO) == 1) {
    const Hidden hidden;
    password = ask("Password: ");
    if (password != ask("Once more: ")) return std::unexpected("the two passwords differ");
  } else {
    password = read_line();
  }
  if (password.empty() || password.find('\0') != password.npos)
    return std::unexpected("there is no password on standard input");
  return password;
}

std::expected<std::string, Error> verifier(Services& services, Digest digest,
                                           const std::string& password) {
  const auto crypto = services.crypto.get();
  if (!crypto) return std::unexpected(crypto.error());
  auto salt = (*crypto)->random(salt_octets);
  if (!salt) return salt;
  const sasl::ScramSalt salted{.salt = *std::move(salt), .iterations = iterations};
  const auto keys = sasl::scram_keys(**crypto, digest, password, salted);
  if (!keys) return std::unexpected(keys.error());
  return std::to_string(iterations) + ',' + to_base64(salted.salt) + ',' +
         to_base64(keys->stored_key) + ',' + to_base64(keys->server_key);
}

}  // namespace

Printout hash_password(Services& services, std::string_view form) {
  constexpr int exit_trouble = 111;
  const auto password = read_password();
  if (!password)
    return {.exit_code = exit_trouble, .complaints = "smtpd: " + password.error() + '\n'};
  const bool sha_1 = form == "scram-sha-1";
  const auto hash = form == "crypt"
                        ? smtpd::hash_password(*password)
                        : verifier(services, sha_1 ? Digest::sha1 : Digest::sha256, *password);
  if (!hash) return {.exit_code = exit_trouble, .complaints = "smtpd: " + hash.error().what + '\n'};
  const std::string_view name = form == "crypt" ? "{CRYPT}"
                                : sha_1         ? "{SCRAM-SHA-1}"
                                                : "{SCRAM-SHA-256}";
  return {.output = std::string(name) + *hash + '\n'};
}

}  // namespace smtpd
