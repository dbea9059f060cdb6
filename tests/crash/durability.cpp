#include "tests/crash/durability.hpp"

#include <algorithm>
#include <array>

namespace smtpd::crash {
namespace {

using namespace std::string_view_literals;

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::ranges::find(names, name) != names.end();
}

constexpr std::array opens{"open"sv, "openat"sv, "creat"sv};
constexpr std::array writes{"write"sv,     "writev"sv,   "pwrite64"sv,        "pwritev"sv,
                            "pwritev2"sv,  "sendfile"sv, "copy_file_range"sv, "ftruncate"sv,
                            "fallocate"sv, "splice"sv};
constexpr std::array syncs{"fsync"sv, "fdatasync"sv};
constexpr std::array renames{"rename"sv, "renameat"sv, "renameat2"sv, "link"sv, "linkat"sv};
constexpr std::array makes{"mkdir"sv, "mkdirat"sv};
constexpr std::array removes{"unlink"sv, "unlinkat"sv, "rmdir"sv};
constexpr std::array sends{"write"sv, "writev"sv, "sendto"sv, "sendmsg"sv, "send"sv};

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

void Durability::follow(const std::vector<Call>& calls) {
  in_message_ = false;
  visible_.clear();  // whatever a killed process has made visible, it has promised nothing
  for (const Call& call : calls) {
    if (call.failed()) continue;
    if (is_one_of(call.name, opens)) open(call);
    if (is_one_of(call.name, writes)) write(call);
    if (is_one_of(call.name, syncs)) sync(call);
    if (is_one_of(call.name, renames)) rename(call);
    if (is_one_of(call.name, makes)) make_directory(call);
    if (is_one_of(call.name, removes)) remove(call);
    if (is_one_of(call.name, sends)) answer(call);
  }
}

void Durability::add_name(const std::string& path) {
  unsafe_names_.insert(path);
  if (queue_.is_visible(path)) visible_.insert(path);
}

void Durability::open(const Call& call) {
  const auto path = call.path(0);
  if (!path || !inside(*path) || call.arguments.find("O_CREAT") == std::string::npos) return;
  if (queue_.is_visible(*path)) fault(*path + " is visible before it is written");
  add_name(*path);
}

void Durability::write(const Call& call) {
  const auto file = Call::descriptor(call.arguments);
  if (file && inside(file->path)) unsafe_content_.insert(file->path);
}

void Durability::sync(const Call& call) {
  const auto file = Call::descriptor(call.arguments);
  if (!file) return;
  unsafe_content_.erase(file->path);
  std::erase_if(unsafe_names_,
                [&](const std::string& path) { return parent_of(path) == file->path; });
}

void Durability::rename(const Call& call) {
  const auto from = call.path(0), to = call.path(1);
  if (!from || !to || !inside(*to)) return;
  const bool unsafe = unsafe_content_.contains(*from);
  if (unsafe && queue_.is_visible(*to))
    fault(*to + " is visible before its content is on the disk");
  if (unsafe) unsafe_content_.insert(*to);
  add_name(*to);
}

void Durability::make_directory(const Call& call) {
  const auto path = call.path(0);
  if (path && inside(*path)) unsafe_names_.insert(*path);
}

void Durability::remove(const Call& call) {
  const auto path = call.path(0);
  if (!path) return;
  unsafe_content_.erase(*path);
  unsafe_names_.erase(*path);
  visible_.erase(*path);
}

/// The 250 that follows a 354 is the promise.
void Durability::answer(const Call& call) {
  const auto client = Call::descriptor(call.arguments);
  const auto text = call.quoted(0);
  if (!client || client->number > 1 || !text) return;
  if (in_message_ && text->starts_with("250")) {
    for (const std::string& path : visible_) check_durable(path);
    if (visible_.empty()) fault("250 before any message is in the queue");
    visible_.clear();
  }
  in_message_ = text->starts_with("354");
}

void Durability::check_durable(const std::string& path) {
  if (unsafe_content_.contains(path)) fault("250 before the content of " + path + " is safe");
  for (std::string at = path; inside(at); at = parent_of(at)) {
    if (unsafe_names_.contains(at)) fault("250 before the directory entry of " + at + " is safe");
  }
}

}  // namespace smtpd::crash
