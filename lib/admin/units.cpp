#include "lib/admin/units.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>

#include "lib/base/directory.hpp"
#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd {
namespace {

constexpr std::size_t largest_unit = 1 << 20;  // octets

std::vector<std::string> unit_directories(const Environment& environment) {
  const auto given = environment.get("SYSTEMD_UNIT_PATH");
  const std::string_view all =
      given && !given->empty()
          ? *given
          : "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:"
            "/usr/lib/systemd/system:/lib/systemd/system";
  std::vector<std::string> directories;
  for (const std::string_view each : split(all, ':'))
    if (!each.empty()) directories.emplace_back(each);
  return directories;
}

/// What is of use in the section [Service]; later files change it.
struct Service {
  std::string exec_start;
  std::optional<unsigned> umask;
  std::string umask_file;
};

std::optional<unsigned> to_umask(std::string_view text) {
  constexpr std::size_t most_digits = 4;
  if (text.empty() || text.size() > most_digits) return {};
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return {};
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  return value & 0777;
}

void read_line(std::string_view line, const std::string& path, Service& service) {
  const auto equals = line.find('=');
  if (equals == line.npos) return;
  const std::string_view name = trim(line.substr(0, equals)), value = trim(line.substr(equals + 1));
  if (name == "ExecStart") service.exec_start = value;
  if (name != "UMask") return;
  service.umask = to_umask(value);
  service.umask_file = path;
}

void read_unit(const std::string& path, Service& service) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const auto text = fd ? read_regular(fd.get(), largest_unit) : std::string();
  if (!text) return;
  bool is_service = false;
  std::string line;
  for (const std::string_view raw : split(*text, '\n')) {
    line += trim(raw);
    if (line.ends_with('\\')) {  // the next line goes on with it
      line.back() = ' ';
      continue;
    }
    if (line.starts_with('[')) is_service = line == "[Service]";
    if (is_service && !line.starts_with('#') && !line.starts_with(';'))
      read_line(line, path, service);
    line.clear();
  }
}

/// The directory behind --config-dir, else the usual one; none if that starts another program.
std::optional<std::string> config_of(std::string_view exec_start) {
  constexpr std::string_view option = "--config-dir";
  const auto parts = words(exec_start);
  const auto runs = std::ranges::find_if(parts, [](std::string_view word) {
    return word == "smtpd" || word.ends_with("/smtpd") || word.ends_with("/start-under-inetd");
  });
  if (runs == parts.end()) return {};
  std::string config = "/etc/smtpd";
  for (auto word = runs; word != parts.end(); ++word) {
    if (*word == option && std::next(word) != parts.end()) config = *std::next(word);
    if (word->starts_with(option) && word->substr(option.size()).starts_with('='))
      config = word->substr(option.size() + 1);
  }
  return config;
}

}  // namespace

std::vector<ServiceUnit> service_units(const Environment& environment) {
  const auto directories = unit_directories(environment);
  std::map<std::string, std::string> files;  // by the unit's name; the first directory counts
  for (const std::string& directory : directories)
    for (const std::string& name : names_in(directory).value_or(Names()))
      if (name.starts_with("smtpd") && name.ends_with(".service"))
        files.emplace(name, directory + '/' + name);
  std::vector<ServiceUnit> units;
  for (const auto& [name, path] : files) {
    Service service;
    read_unit(path, service);
    std::map<std::string, std::string> drop_ins;
    for (const std::string& directory : directories)
      for (const std::string& file : names_in(directory + '/' + name + ".d").value_or(Names()))
        if (file.ends_with(".conf")) drop_ins.emplace(file, directory + '/' + name + ".d/" + file);
    for (const auto& drop_in : drop_ins) read_unit(drop_in.second, service);
    auto config = config_of(service.exec_start);
    if (!config) continue;
    ServiceUnit unit{.config = *std::move(config), .where = path + ", which sets no UMask="};
    if (service.umask) {
      unit.umask = *service.umask;
      unit.where = "UMask= in " + service.umask_file;
    }
    units.push_back(std::move(unit));
  }
  return units;
}

}  // namespace smtpd
