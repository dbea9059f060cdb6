#include "lib/kit/tls_settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/kit/certificate_key.hpp"
#include "lib/smtp/sasl.hpp"

namespace smtpd {
namespace {

constexpr std::array<std::string_view, 4> argument_names{"client_certs", "implicit",
                                                         "session_tickets", "handshake_timeout"};

std::string path_argument(std::string_view word) {
  if (word.find_first_of("/.") != word.npos) return std::string(word);
  const std::string_view near = nearest(word, argument_names);
  throw ConfigError(
      "argument '" + printable(word) + "' is no file's path" +
      (near.empty() ? std::string() : "; did you mean '" + std::string(near) + "' with a value?"));
}

constexpr std::size_t largest_certificate = 1 << 20;  // octets of a file

struct Version {
  std::string_view name;
  std::size_t number;  // as in TlsVersion
};
constexpr auto known_versions = std::array{
    Version{"TLSv1", 0},   Version{"TLSv1_0", 0}, Version{"TLSv1_1", 1}, Version{"TLSv1.1", 1},
    Version{"TLSv1_2", 2}, Version{"TLSv1.2", 2}, Version{"TLSv1_3", 3}, Version{"TLSv1.3", 3}};

/// `SSLv23:!TLSv1_2` and the like: the versions, by number. Errors: the word that is none.
std::expected<std::array<bool, 4>, std::string_view> parse_versions(std::string_view text) {
  std::array<bool, 4> wanted{};
  bool named = false;
  for (const bool excludes : {false, true}) {
    if (excludes && !named) wanted[2] = wanted[3] = true;
    for (std::string_view word : split(text, ':')) {
      word = trim(word);
      if (word.starts_with('!') != excludes) continue;
      if (excludes) word.remove_prefix(1);
      if (excludes && (equal_ignoring_case(word, "SSLv2") || equal_ignoring_case(word, "SSLv3")))
        continue;
      if (!excludes) named = true;
      if (!excludes && (equal_ignoring_case(word, "SSLv23") || equal_ignoring_case(word, "TLS"))) {
        wanted[2] = wanted[3] = true;
        continue;
      }
      const auto found = std::ranges::find_if(known_versions, [&](const Version& version) {
        return equal_ignoring_case(version.name, word);
      });
      if (found == known_versions.end()) return std::unexpected(word);
      wanted[found->number] = !excludes;
    }
  }
  return wanted;
}

}  // namespace

TlsArguments read_tls_arguments(Arguments& args) {
  TlsArguments read;
  const std::string_view clients = args.choice("client_certs", {"no", "request", "require"}, "no");
  if (clients == "request") read.client_certificate = ClientCertificate::request;
  if (clients == "require") read.client_certificate = ClientCertificate::require;
  const std::string_view implicit =
      args.choice("implicit", {"0", "no", "false", "off", "1", "yes", "true", "on"}, "");
  read.implicit = to_flag(implicit);
  read.tickets = args.flag("session_tickets", false);
  read.patience = args.duration("handshake_timeout", read.patience);
  if (const auto word = args.positional()) {
    read.certificate = path_argument(*word);
    const auto key = args.positional();
    read.key = key ? path_argument(*key) : read.certificate;
    if (const auto ca = args.positional()) read.authorities = path_argument(*ca);
    args.positional();  // DH parameters: the library has groups of its own
  }
  return read;
}

std::string TlsSettings::path_of(const std::string& name) const {
  if (name.starts_with('/')) return name;
  const std::string& directory = ctx_.config_directory();
  std::string path = directory + '/' + name;
  if (::access(path.c_str(), F_OK) == 0) return path;
  // qpsmtpd has the directory ssl beside the configuration.
  if (std::string beside = directory + "/../" + name; ::access(beside.c_str(), F_OK) == 0)
    return beside;
  return path;
}

std::expected<NamedIdentity, Error> TlsSettings::parse(const ConfigLine& line) const {
  const auto parts = words(line.text);
  if (parts.size() < 2 || parts.size() > 4) {
    return std::unexpected(
        Error{Errc::config, line.where() + ": a line is NAME CERTIFICATE [KEY [OCSP-RESPONSE]]"});
  }
  NamedIdentity identity{.name = lower(parts[0]), .files = {}, .where = line.where()};
  identity.files.certificate = path_of(std::string(parts[1]));
  identity.files.key = path_of(std::string(parts.size() > 2 ? parts[2] : parts[1]));
  if (parts.size() > 3) identity.files.ocsp = path_of(std::string(parts[3]));
  return identity;
}

std::expected<std::vector<NamedIdentity>, Error> TlsSettings::identities() {
  const auto lines = ctx_.find_config("tls_certificates");
  if (!lines) return std::unexpected(lines.error());
  std::vector<NamedIdentity> all;
  bool has_default = false;
  for (const ConfigLine& line : **lines) {
    auto identity = parse(line);
    if (!identity) return std::unexpected(identity.error());
    has_default = has_default || identity->name == "*";
    all.push_back(std::move(*identity));
  }
  if (!has_default) {
    all.push_back(
        {.name = "*",
         .files = {.certificate = path_of(arguments_.certificate), .key = path_of(arguments_.key)},
         .where = ctx_.where()});
  }
  return all;
}

std::vector<TlsIdentity> identities_for(const std::vector<NamedIdentity>& all,
                                        std::string_view name) {
  std::vector<TlsIdentity> found;
  const auto dot = name.find('.');
  const std::string wildcard = dot == name.npos ? "" : "*" + std::string(name.substr(dot));
  for (const std::string_view wanted : {name, std::string_view(wildcard)}) {
    for (const NamedIdentity& each : all) {
      if (each.name == wanted && wanted != "*") found.push_back(each.files);
    }
    if (!found.empty()) break;
  }
  return found;
}

std::expected<void, Error> TlsSettings::read_versions(TlsServer& server) {
  const auto lines = ctx_.find_config("tls_protocols");
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  const ConfigLine& line = (*lines)->front();
  const auto wanted = parse_versions(line.text);
  if (!wanted) {
    std::vector<std::string_view> names;
    names.reserve(known_versions.size());
    for (const Version& version : known_versions) names.push_back(version.name);
    return std::unexpected(bad_value({std::string(wanted.error()), line.file, line.line},
                                     "tls_protocols", "a list of TLS versions", names));
  }
  const auto first = std::ranges::find(*wanted, true);
  const auto last = std::find(first, wanted->end(), false);
  if (first == wanted->end() || std::find(last, wanted->end(), true) != wanted->end()) {
    return std::unexpected(
        bad_value(line, "tls_protocols", "one range of TLS versions without a gap"));
  }
  server.least = static_cast<TlsVersion>(first - wanted->begin());
  server.most = static_cast<TlsVersion>(last - wanted->begin() - 1);
  return {};
}

// Names of TLS 1.3 begin in TLS_, which OpenSSL has in a list of their own.
std::expected<void, Error> TlsSettings::read_ciphers(TlsServer& server) {
  const auto lines = ctx_.find_config("tls_ciphers");
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  for (const std::string_view word : split((*lines)->front().text, ':')) {
    std::string& list = word.starts_with("TLS_") ? server.suites : server.ciphers;
    if (!list.empty()) list += ':';
    list += trim(word);
  }
  return {};
}

std::expected<TlsServer, Error> TlsSettings::server() {
  auto all = identities();
  if (!all) return std::unexpected(all.error());
  TlsServer server;
  for (const NamedIdentity& each : *all) {
    if (each.name == "*") server.identities.push_back(each.files);
  }
  if (all->size() > server.identities.size()) {
    server.for_name = [all = std::move(*all)](std::string_view name) {
      return identities_for(all, name);
    };
  }
  if (const auto read = read_versions(server); !read) return std::unexpected(read.error());
  if (const auto read = read_ciphers(server); !read) return std::unexpected(read.error());
  server.client_certificate = arguments_.client_certificate;
  if (!arguments_.authorities.empty()) server.authorities = path_of(arguments_.authorities);
  server.complain = [this](std::string_view problem) {
    ctx_.log(Level::error, printable(problem));
  };
  return server;
}

TlsSettings::Outlook TlsSettings::outlook() {
  const auto all = identities();
  if (!all) return {.why_not = all.error().what};
  Outlook outlook;
  bool has_usual_curve = false;
  for (const NamedIdentity& each : *all) {
    if (each.name != "*") continue;
    const std::string& path = each.files.certificate;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return {.why_not = system_error(path).what};
    if (::access(each.files.key.c_str(), R_OK) != 0)
      return {.why_not = system_error(each.files.key).what};
    const auto pem = read_regular(fd.get(), largest_certificate);
    if (!pem) return {.why_not = path + ": " + pem.error().what};
    const CertificateKey key = key_of_certificate(*pem);
    outlook.is_doubtful |= key.use == CertificateKey::Use::short_rsa;
    if (key.use != CertificateKey::Use::odd_curve)
      has_usual_curve = true;
    else
      outlook.why_not = path + " has a key on a curve that clients do not use";
  }
  if (has_usual_curve) outlook.why_not.clear();
  return outlook;
}

std::optional<std::string> to_fingerprint(std::string_view text) {
  constexpr std::size_t digits = 64;
  std::string found;
  for (const char c : text) {
    if (c == ':') continue;
    const char digit = to_lower(c);
    if (!is_digit(digit) && (digit < 'a' || digit > 'f')) return {};
    found += digit;
  }
  return found.size() == digits ? std::optional(found) : std::nullopt;
}

namespace {

/// FINGERPRINT [user=NAME] [comment]. Errors: config.
std::expected<ListedClient, Error> parse_client(const ConfigLine& line) {
  constexpr std::string_view key = "tls_client_certs", name = "user=";
  const auto parts = words(line.text);
  auto fingerprint = to_fingerprint(parts.front());
  if (!fingerprint)
    return std::unexpected(
        bad_value(line, key, "the SHA-256 of a certificate or of its public key"));
  ListedClient client{.fingerprint = *std::move(fingerprint), .user = {}};
  if (parts.size() < 2 || parts[1].find('=') == parts[1].npos) return client;
  const ConfigLine word{std::string(parts[1]), line.file, line.line};
  if (!parts[1].starts_with(name) || !sasl::is_name(parts[1].substr(name.size())))
    return std::unexpected(bad_value(word, key, "user=NAME or a comment without a '='"));
  client.user = parts[1].substr(name.size());
  return client;
}

}  // namespace

std::expected<std::optional<ListedClient>, Error> TlsSettings::find_client(const Tls& tls) {
  if (tls.client_fingerprint.empty()) return std::nullopt;
  const auto lines = ctx_.find_config("tls_client_certs");
  if (!lines) return std::unexpected(lines.error());
  for (const ConfigLine& line : **lines) {
    auto client = parse_client(line);
    if (!client) return std::unexpected(client.error());
    if (client->fingerprint == tls.client_fingerprint ||
        client->fingerprint == tls.client_key_fingerprint)
      return *std::move(client);
  }
  return std::nullopt;
}

void TlsSettings::check() {
  const auto all = identities();
  if (!all) return ctx_.problem(all.error().what);
  for (const NamedIdentity& each : *all) check_certificate(each);
  const auto how = server();
  if (!how) return ctx_.problem(how.error().what);
  const auto crypto = ctx_.services().crypto.get();
  if (crypto) {
    // Certificates have been judged; what is left are ciphers and authorities.
    TlsServer rest = *how;
    rest.identities.clear();
    if (const auto ready = (*crypto)->tls_server(rest); !ready) ctx_.problem(ready.error().what);
  }
  const auto lines = ctx_.find_config("tls_client_certs");
  if (!lines) return ctx_.problem(lines.error().what);
  for (const ConfigLine& line : **lines) {
    if (const auto client = parse_client(line); !client) ctx_.problem(client.error().what);
  }
}

}  // namespace smtpd
