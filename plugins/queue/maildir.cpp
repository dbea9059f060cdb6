#include <algorithm>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/io/sweep.hpp"
#include "lib/plugin/plugin.hpp"
#include "plugins/queue/maildir_file.hpp"

namespace smtpd {
namespace {

bool is_directory_char(char c) {
  return is_alnum(c) || std::string_view("_-/. +@=,:%").find(c) != std::string_view::npos;
}

/// A part of a path that the network had a say in: only harmless characters, and never `.` or `..`.
std::string as_path_part(std::string_view text) {
  std::string part;
  for (const char c : text)
    part += is_alnum(c) || std::string_view("+_.,@=-").find(c) != std::string_view::npos ? c : '_';
  if (part.find_first_not_of('.') == part.npos)
    part.assign(std::max<std::size_t>(part.size(), 1), '_');
  return part;
}

/// A line of the header.
void append_line(std::string& head, std::string_view name, std::string_view value) {
  append_printable(head.append(name), value);
  head += '\n';
}

unsigned to_mode(std::string_view text) {
  if (text.size() != 3 || text.find_first_not_of("01234567") != text.npos) {
    throw ConfigError("the mode is three octal digits, not '" + printable(text) + '\'');
  }
  return static_cast<unsigned>((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0'));
}

}  // namespace

/// Delivers into maildirs, for one all recipients or for each its own. See
/// doc/plugins/queue/maildir.md.
class Maildir final : public Plugin {
 public:
  explicit Maildir(PluginContext& ctx) : Plugin(ctx) {
    ctx.enforce();
    ctx.keep_require_tls();  // the message goes no further
    const auto directory = ctx.args.positional();
    if (!directory) throw ConfigError("it needs a directory");
    if (!std::ranges::all_of(*directory, is_directory_char) ||
        directory->find('%') != directory->npos) {
      throw ConfigError("the directory may have letters, digits and _-/.+@=,: in it, not '" +
                        printable(*directory) + '\'');
    }
    directory_ = *directory;
    while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
    if (const auto pattern = ctx.args.positional()) pattern_ = checked_pattern(*pattern);
    if (const auto mode = ctx.args.positional()) mode_ = to_mode(*mode);
  }

  Result on_queue(Transaction& txn) {
    std::vector<io::MaildirFile> files;
    for (const Copy& copy : copies(txn)) {
      remember(copy.directory);
      auto file = io::MaildirFile::create(copy.directory, mode_, ctx().clock());
      if (!file) return failed("queue error (open)", file.error());
      if (const auto written = txn.write_to(file->fd(), copy.head); !written) {
        return failed("queue error (write)", written.error());
      }
      if (const auto done = file->finish(); !done)
        return failed("queue error (close)", done.error());
      files.push_back(std::move(*file));
    }
    if (const auto published = publish(files); !published) {
      for (io::MaildirFile& file : files)
        file.withdraw();  // so that the sender's next try leaves no copy twice
      return failed("queue error (link)", published.error());
    }
    if (logs(Level::info))
      log(Level::info,
          "queued as " + (files.empty() ? std::string("nothing") : files.front().name()));
    return ok(txn.queued_text());
  }

  /// The client has gone: there is time to look at what others have left.
  void on_post_connection(Connection&) {
    if (!io::sweep_is_due(ctx().clock())) return;
    const WallTime before = ctx().clock().wall() - io::sweep_age;
    for (const std::string& directory : used_) {
      if (const std::size_t removed = io::MaildirFile::sweep(directory, before); removed > 0)
        log(Level::notice, "removed " + std::to_string(removed) +
                               " old files that killed processes have left in " + directory +
                               "/tmp");
    }
  }

 private:
  static constexpr std::size_t most_swept = 100;  // maildirs in one session
  static constexpr std::size_t usual_head = 128;  // octets of Return-Path and Delivered-To
  struct Copy {
    std::string directory, head;
  };

  static std::string checked_pattern(std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '%') continue;
      ++i;
      if (i == pattern.size() ||
          std::string_view("lud").find(pattern[i]) == std::string_view::npos) {
        throw ConfigError("the sub directory knows %l, %d and %u, not '" + printable(pattern) +
                          '\'');
      }
    }
    for (const std::string_view part : split(pattern, '/')) {
      if (part == "." || part == ".." || !std::ranges::all_of(part, is_directory_char)) {
        throw ConfigError("that is no sub directory: '" + printable(pattern) + '\'');
      }
    }
    return std::string(pattern);
  }

  std::string expand(const Address& rcpt) const {
    const std::string host = rcpt.host_or(ctx().me());
    std::string path;
    for (const std::string_view part : split(pattern_, '/')) {
      std::string text;
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '%')
          text += part[i];
        else if (part[++i] == 'l')
          text += rcpt.user();
        else if (part[i] == 'd')
          text += host;
        else
          text += rcpt.user() + '@' + host;
      }
      if (!part.empty()) path += '/' + as_path_part(text);
    }
    return path;
  }

  /// Where the message goes, and what stands in front of it there.
  std::vector<Copy> copies(const Transaction& txn) const {
    std::string return_path;
    return_path.reserve(usual_head);
    append_line(return_path, "Return-Path: ", txn.sender->text());
    std::vector<Copy> list;
    if (pattern_.empty()) {
      Copy& only = list.emplace_back(directory_, std::move(return_path));
      for (const Recipient& rcpt : txn.recipients) add_recipient(only, rcpt);
      return list;
    }
    for (const Recipient& rcpt : txn.recipients)
      add_recipient(copy_in(directory_ + expand(rcpt.address), list, return_path), rcpt);
    return list;
  }

  static void add_recipient(Copy& copy, const Recipient& rcpt) {
    append_line(copy.head, "Delivered-To: ", rcpt.address.mailbox());
  }

  /// The copy that goes to `directory`, made if there is none yet.
  static Copy& copy_in(std::string directory, std::vector<Copy>& list, const std::string& head) {
    const auto same = std::ranges::find(list, directory, &Copy::directory);
    return same == list.end() ? list.emplace_back(std::move(directory), head) : *same;
  }

  static std::expected<void, Error> publish(std::vector<io::MaildirFile>& files) {
    for (io::MaildirFile& file : files) {
      if (auto done = file.publish(); !done) return done;
      if (auto done = file.sync_directory(); !done) return done;
    }
    return {};
  }

  void remember(const std::string& directory) {
    if (used_.size() < most_swept && std::ranges::find(used_, directory) == used_.end())
      used_.push_back(directory);
  }

  Result failed(std::string_view what, const Error& error) const {
    log(Level::error, "error, " + std::string(what) + ": " + error.what);
    return denysoft(std::string(what) + " (#4.3.0)");
  }

  std::string directory_, pattern_;
  std::vector<std::string> used_;  // maildirs, by this session
  unsigned mode_ = 0700;
};

SMTPD_PLUGIN(Maildir, "queue/maildir", queue, post_connection)

}  // namespace smtpd
