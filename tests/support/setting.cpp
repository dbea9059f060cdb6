#include "tests/support/setting.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "lib/base/text.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/files.hpp"
#include "tests/support/map_files.hpp"

namespace smtpd::transcript {
namespace {

using Kind = Section::Kind;

/// Configuration that a transcript need not mention.
struct Default {
  const char *key, *value;
};
constexpr Default defaults[] = {
    {"me", "mx.test"}, {"spool_dir", "$TMP/spool"}, {"loglevel", "6"}, {"auth_delay", "0"}};

/// Config resolver. A question that is not answered is given up after 0.9 s.
constexpr const char* resolver[] = {"server 127.0.0.1:${dns}", "timeout 0.3", "attempts 2"};

}  // namespace

std::expected<Setting, Problem> Setting::create(std::string tmp, const Transcript& transcript) {
  Setting setting{.tmp = std::move(tmp),
                  .directory = std::filesystem::path(transcript.path).parent_path()};
  setting.variables["TMP"] = setting.tmp;
  auto port = DnsPort::reserve();
  if (!port) return std::unexpected(Problem{0, port.error()});
  setting.dns_port = *std::move(port);
  setting.variables["dns"] = std::to_string(setting.dns_port.port());
  for (const Section& section : transcript.sections) {
    if (section.kind == Kind::program)
      setting.variables[section.argument] = setting.tmp + '/' + section.argument;
    if (section.kind != Kind::peer) continue;
    if (auto placed = setting.place_peer(section); !placed) return std::unexpected(placed.error());
  }
  std::error_code error;
  if (::mkdir((setting.tmp + "/spool").c_str(), 0700) != 0 ||
      !std::filesystem::create_directory(setting.config_dir(), error)) {
    return std::unexpected(Problem{0, "cannot make folders in " + setting.tmp});
  }
  for (const auto& [key, value] : defaults) {
    const Section section{.kind = Kind::config, .argument = key, .lines = {{0, value}}};
    if (auto done = setting.apply(section); !done) return std::unexpected(done.error());
  }
  Section section{.kind = Kind::config, .argument = "resolver"};
  for (const char* const line : resolver) section.lines.push_back({0, line});
  if (auto done = setting.apply(section); !done) return std::unexpected(done.error());
  return setting;
}

std::expected<std::string, std::string> Setting::path(const std::string& path) const {
  auto expanded = Pattern::plain(path).expand(variables);
  if (!expanded) return expanded;
  return expanded->starts_with('/') ? *expanded : tmp + '/' + *expanded;
}

Checked Setting::apply(const Section& section) {
  if (section.kind == Kind::env) return set_environment(section);
  if (section.kind == Kind::options) return set_options(section);
  if (section.kind == Kind::peer) return add_peer(section);
  if (section.kind == Kind::program) return add_program(section);
  if (section.kind == Kind::dns) return set_dns(section);
  if (section.kind == Kind::exit) exit_code = static_cast<int>(*to_number(section.argument));
  if (section.kind == Kind::map) return make_map_of(section);
  if (section.kind == Kind::certificate) return make_certificate_of(section);
  if (section.kind != Kind::config && section.kind != Kind::file && section.kind != Kind::old)
    return {};
  const bool is_config = section.kind == Kind::config;
  const auto target = path(is_config ? "config/" + section.argument : section.argument);
  if (!target) return std::unexpected(Problem{section.line, target.error()});
  if (!target->starts_with(tmp + '/') || target->find("/../") != target->npos) {
    return std::unexpected(Problem{section.line, *target + " is not under $TMP"});
  }
  if (!is_config || !section.lines.empty()) return write(section, *target);
  std::error_code ignored;
  std::filesystem::remove(*target, ignored);
  return {};
}

Checked Setting::make_certificate_of(const Section& section) const {
  CertificateWish wish;
  for (const Line& line : section.lines) {
    const auto parts = words(line.text);
    const std::string value(parts.size() == 2 ? parts[1] : "");
    const bool past = value.starts_with('-');
    const auto days = to_number(past ? std::string_view(value).substr(1) : value);
    if (parts[0] == "name" && !value.empty()) {
      wish.names.push_back(value);
    } else if (parts[0] == "key" && (value == "ec" || value == "rsa")) {
      constexpr unsigned usual_bits = 2048;
      wish.rsa_bits = value == "rsa" ? usual_bits : 0;
    } else if (parts[0] == "key" && parts.size() == 3 && parts[1] == "rsa" && to_number(parts[2])) {
      wish.rsa_bits = static_cast<unsigned>(*to_number(parts[2]));
    } else if (parts[0] == "key" && parts.size() == 3 && parts[1] == "ec") {
      wish.curve = parts[2];
    } else if (parts[0] == "days" && days && *days < 100'000) {
      wish.days = static_cast<long>(*days) * (past ? -1 : 1);
    } else if (parts[0] == "begins" && days && *days < 100'000) {
      wish.begins = static_cast<long>(*days) * (past ? -1 : 1);
    } else {
      return std::unexpected(
          Problem{line.number,
                  "a certificate has lines name HOST, key ec|rsa [CURVE|BITS], days N, begins N"});
    }
  }
  const auto target = path(section.argument);
  if (!target) return std::unexpected(Problem{section.line, target.error()});
  if (auto made = make_certificate(*target, wish); !made)
    return std::unexpected(Problem{section.line, made.error()});
  return {};
}

Checked Setting::make_map_of(const Section& section) const {
  MapEntries entries;
  for (const Line& line : section.lines) {
    const auto expanded = Pattern::plain(line.text).expand(variables);
    if (!expanded) return std::unexpected(Problem{line.number, expanded.error()});
    const auto end = std::min(expanded->find(' '), expanded->size());
    std::string value(trim(std::string_view(*expanded).substr(end)));
    if (value.starts_with('"')) {
      const auto octets = Pattern::quoted(trim(line.text.substr(line.text.find(' '))));
      const auto made = octets ? octets->expand(variables) : std::unexpected(octets.error());
      if (!made) return std::unexpected(Problem{line.number, made.error()});
      value = *made;
    }
    entries.emplace_back(expanded->substr(0, end), std::move(value));
  }
  const std::string target = config_dir() + '/' + section.argument;
  std::error_code ignored;
  std::filesystem::remove(target, ignored);
  if (entries.empty()) return {};
  if (auto made = make_map(target, entries); !made)
    return std::unexpected(Problem{section.line, made.error()});
  return {};
}

Checked Setting::write(const Section& section, const std::string& path) const {
  std::string text;
  for (const Line& line : section.lines) {
    const auto expanded = Pattern::plain(line.text).expand(variables);
    if (!expanded) return std::unexpected(Problem{line.number, expanded.error()});
    text += *expanded + '\n';
  }
  if (auto written = write_file(path, text); !written)
    return std::unexpected(Problem{section.line, written.error()});
  constexpr timespec long_ago{1'767'139'200, 0};  // 2025-12-31
  const timespec times[] = {long_ago, long_ago};
  if (section.kind == Kind::old && ::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
    return std::unexpected(Problem{section.line, "cannot make it old"});
  return {};
}

Checked Setting::set_environment(const Section& section) {
  environment.clear();
  for (const Line& line : section.lines) {
    const auto equals = line.text.find('=');
    const auto value = Pattern::plain(line.text.substr(equals + 1)).expand(variables);
    if (!value) return std::unexpected(Problem{line.number, value.error()});
    environment[line.text.substr(0, equals)] = *value;
  }
  return {};
}

Checked Setting::place_peer(const Section& section) {
  const std::string name = peer_name(section);
  if (name.size() < section.argument.size()) {
    const auto place = path(section.argument.substr(name.size() + 1));
    if (!place || !place->starts_with(tmp + '/'))
      return std::unexpected(Problem{section.line, "a peer has a path under $TMP, or a port"});
    variables[name] = *place;
    return {};
  }
  if (variables.contains(name)) return {};  // it has its place
  const auto port = ports.reserve(name);
  if (!port) return std::unexpected(Problem{section.line, port.error()});
  variables[name] = std::to_string(*port);
  return {};
}

Checked Setting::add_peer(const Section& section) {
  auto script = parse_peer(section);
  if (!script) return std::unexpected(script.error());
  peers.push_back(*std::move(script));
  return {};
}

Checked Setting::set_dns(const Section& section) {
  auto script = parse_dns(section, variables);
  if (!script) return std::unexpected(script.error());
  dns = *std::move(script);
  return {};
}

// As a black box the server runs the file, and the kernel this program with it.
Checked Setting::add_program(const Section& section) {
  auto script = parse_program(section.lines);
  if (!script) return std::unexpected(script.error());
  const std::string path = tmp + '/' + section.argument;
  std::error_code error;
  std::string text =
      "#!" + std::filesystem::read_symlink("/proc/self/exe", error).string() + " --program\n";
  for (const Line& line : section.lines) text += line.text + '\n';
  if (auto written = write_file(path, text); !written)
    return std::unexpected(Problem{section.line, written.error()});
  if (::chmod(path.c_str(), 0755) != 0)
    return std::unexpected(Problem{section.line, "cannot make it a program"});
  programs[path] = *std::move(script);
  return {};
}

Checked Setting::set_options(const Section& section) {
  options.clear();
  stdin_is_file = false;
  for (const Line& line : section.lines) {
    Option option = read_option(line.text);
    const auto value = Pattern::plain(option.value).expand(variables);
    if (!value) return std::unexpected(Problem{line.number, value.error()});
    option.value = *value;
    if (option.name == "stdin")
      stdin_is_file = true;
    else
      options.push_back(std::move(option));
  }
  return {};
}

}  // namespace smtpd::transcript
