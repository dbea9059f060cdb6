#pragma once
/// What `--simulate` prints of a session: each command, which plugins ran and what their answers
/// rest on, each reply.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/plugin/transaction.hpp"
#include "lib/services/log.hpp"
#include "lib/services/rehearsal.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

/// Lines of at most 100 columns, indented; in colours where somebody sees them.
class Page {
 public:
  enum class Paint : std::uint8_t { plain, red, yellow, green, bold };
  explicit Page(bool in_colours) : in_colours_(in_colours) {}
  /// A line, broken at blanks if it is too long; what follows its first line is indented by two
  /// more.
  void line(std::size_t indent, std::string_view text, Paint paint = Paint::plain);
  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t width = 100;
  bool in_colours_;
  std::string text_;
};

/// Which plugin has refused, at which line of the configuration, and why.
struct Reason {
  std::string plugin = {};  ///< empty: the server itself
  std::string place = {};   ///< of its line
  std::string found = {};   ///< the last thing that it has found; may be empty
};

class Explanation final : public Rehearsal {
 public:
  /// Whom the notes belong to; `transaction` gives null outside one.
  struct Session {
    const Connection& conn;
    std::function<const Transaction*()> transaction;
    const Clock& clock;
  };
  Explanation(Session session, bool in_colours) : session_(std::move(session)), page_(in_colours) {}

  // Rehearsal.
  void begins(const Handler& handler) override;
  void ends() override;
  void answered(std::string_view verdict, std::string_view text) override;
  void found(std::string_view place, std::string_view what) override;
  void routed(std::string_view recipient, std::string_view plugin,
              std::span<const std::string> places) override;
  void left_out(std::string_view what) override;

  /// A line of the log, which belongs to the plugin that runs.
  void logged(const LogRecord& record);
  /// The client says or does something: `EHLO client.test`.
  void step(std::string_view what);
  /// Whether what follows is not printed.
  void mute(bool is_muted);
  /// What it is told.
  void reply(std::string_view text);
  /// A remark about the simulation itself.
  void remark(std::string_view text);

  /// Of the last refusal since the last step.
  const Reason& reason() const { return reason_; }
  /// `<u@example.com>: queue/maildir, the maildir /srv/mail/u`, of each recipient.
  const std::vector<std::string>& routes() const { return routes_; }
  Page& page() {
    flush();
    return page_;
  }

 private:
  using Snapshot = std::map<std::string, std::string>;
  struct Run {
    std::string hook, plugin, place, verdict, text;
    SteadyTime began = {};
    std::chrono::nanoseconds took{0};
    Snapshot before = {};
    std::vector<std::string> lines = {};
    std::string found = {};
  };
  Snapshot notes() const;
  void add_changes(Run& run) const;
  void flush();
  void print(std::size_t indent, std::string_view text, Page::Paint paint = Page::Paint::plain) {
    if (!is_muted_) page_.line(indent, text, paint);
  }

  Session session_;
  Page page_;
  bool is_muted_ = false;
  std::vector<Run> running_;  // the innermost last
  std::vector<Run> done_;     // not printed yet
  Reason reason_;
  std::vector<std::string> routes_;
};

/// Without `/etc/smtpd/` in front: what the administrator calls it.
std::string short_place(std::string_view place);

}  // namespace smtpd
