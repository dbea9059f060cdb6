#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <expected>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/base/directory.hpp"
#include "lib/base/file.hpp"
#include "lib/base/text.hpp"
#include "lib/base/unique_fd.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {
namespace {

struct Topic {
  std::string_view command;
  std::string_view text;
};
constexpr auto built_in = std::array{
    Topic{"data", "DATA\nThe message follows; a line with a single dot in it ends the message."},
    Topic{"ehlo", "EHLO name\nBegins a session; the answer lists what this server offers."},
    Topic{"helo", "HELO name\nBegins a session without extensions."},
    Topic{"help", "HELP [command]\nExplains a command."},
    Topic{"mail",
          "MAIL FROM:<address> [parameters]\nBegins a message from that address; <> if it wants no "
          "answer."},
    Topic{"noop", "NOOP\nDoes nothing."},
    Topic{"quit", "QUIT\nEnds the session."},
    Topic{"rcpt", "RCPT TO:<address>\nNames a recipient; for each one again."},
    Topic{"rset", "RSET\nForgets the sender and the recipients."},
    Topic{"vrfy", "VRFY address\nAsks whether an address exists."},
};

constexpr std::size_t longest_name = 12;  // as long as a verb may be

/// Nothing else may become part of a path.
bool is_command_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}

/// The text of a regular file of a reasonable size. Errors: not_found, limit, io.
std::expected<std::string, Error> read_text(const std::string& path) {
  constexpr std::size_t most = 16384;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    Error error = system_error(path);
    if (errno == ENOENT) error.code = Errc::not_found;
    return std::unexpected(std::move(error));
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return std::unexpected(Error{Errc::io, path + " is no file"});
  const auto text = read_whole(fd.get(), most);
  if (!text) return std::unexpected(Error{text.error().code, path + ' ' + text.error().what});
  return std::string(trim(*text));
}

}  // namespace

/// Answers HELP, from files or with short texts of its own. See doc/plugins/help.md.
class Help final : public Plugin {
 public:
  explicit Help(PluginContext& ctx) : Plugin(ctx) {
    not_implemented_ = ctx.args.flag("not_implemented", false);
    directory_ = ctx.args.text("help_dir", "");
    while (const auto command = ctx.args.positional()) {
      check_name(*command);
      const auto file = ctx.args.positional();
      if (!file) throw ConfigError("command " + printable(*command) + " needs a file");
      files_.push_back({lower(*command), std::string(*file)});
    }
  }

  Result on_help(Connection&, const CommandLine& command) {
    if (not_implemented_) return done({.code = 502, .text = "Not implemented."});
    const auto words = command.words();
    if (words.empty()) return ok(overview());
    if (!is_command_name(words.front())) return done({.code = 502, .text = "Invalid command name"});
    auto text = find(lower(words.front()));
    if (!text && text.error().code == Errc::not_found)
      return ok("No help available for SMTP command: " + std::string(words.front()));
    if (!text) {
      log(Level::error, "error, " + text.error().what);
      return done({.code = 451, .text = "No help now, please try again later (#4.3.0)"});
    }
    return ok(text->empty() ? "No more is known about it" : std::move(*text));
  }

  void on_check() {
    for (const TopicFile& file : files_) report(read_text(file.path));
    if (directory_.empty()) return;
    if (const auto names = names_in(directory_); !names) return ctx().problem(names.error().what);
    for (const std::string& name : directory_names()) report(read_text(directory_ + '/' + name));
  }

 private:
  struct TopicFile {
    std::string command, path;
  };

  static void check_name(std::string_view command) {
    constexpr std::array<std::string_view, 2> names{"not_implemented", "help_dir"};
    if (const auto near = nearest(command, names); !near.empty()) {
      throw ConfigError("unknown argument '" + printable(command) + "'; did you mean '" +
                        std::string(near) + "'?");
    }
    if (!is_command_name(command))
      throw ConfigError("'" + printable(command) + "' is no command that help could be on");
  }

  std::expected<std::string, Error> find(const std::string& command) const {
    const auto file = std::ranges::find(files_, command, &TopicFile::command);
    if (file != files_.end()) {
      auto text = read_text(file->path);
      // The administrator has named it: that it is missing is an error, not an answer.
      if (!text) text.error().code = Errc::io;
      return text;
    }
    if (!directory_.empty()) {
      auto text = read_text(directory_ + '/' + command);
      if (text || text.error().code != Errc::not_found) return text;
    }
    const auto topic = std::ranges::find(built_in, std::string_view(command), &Topic::command);
    if (topic == built_in.end()) return std::unexpected(Error{Errc::not_found, command});
    return std::string(topic->text);
  }

  std::string overview() const {
    std::set<std::string> names = directory_names();
    for (const TopicFile& file : files_) names.insert(file.command);
    for (const Topic& topic : built_in) names.emplace(topic.command);
    std::string text = "Try 'HELP COMMAND' for getting help on COMMAND\nCommands:";
    for (const std::string& name : names) {
      text += ' ';
      for (const char c : name) text += to_upper(c);
    }
    return text;
  }

  /// The commands that have a file in the directory; empty if there is no directory.
  std::set<std::string> directory_names() const {
    constexpr std::size_t most = 100;
    std::set<std::string> names;
    for (const std::string& name : names_in(directory_).value_or(Names())) {
      if (names.size() >= most) break;
      if (is_command_name(name) && std::ranges::none_of(name, is_upper)) names.insert(name);
    }
    return names;
  }

  void report(const std::expected<std::string, Error>& text) {
    if (!text) ctx().problem(text.error().what);
  }

  bool not_implemented_ = false;
  std::string directory_;
  std::vector<TopicFile> files_;
};

SMTPD_PLUGIN(Help, "help", help, check)

}  // namespace smtpd
