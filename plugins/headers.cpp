#include <algorithm>
#include <array>
#include <chrono>

#include "lib/base/text.hpp"
#include "lib/mail/date.hpp"
#include "lib/plugin/checker.hpp"

namespace smtpd {
namespace {

/// RFC 5322 3.6: fields that a message has at most once.
constexpr std::array<std::string_view, 11> singular{
    "Date", "From",       "Sender",      "Reply-To",   "To",     "Cc",
    "Bcc",  "Message-Id", "In-Reply-To", "References", "Subject"};

/// The names of a comma list. Views into it.
std::vector<std::string_view> field_names(std::string_view list) {
  std::vector<std::string_view> names = split(list, ',');
  for (const std::string_view name : names) {
    if (name.empty() || name.find(':') != name.npos) {
      throw ConfigError("argument require is a list of field names such as From,Date, not '" +
                        printable(list) + '\'');
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : separator).append(text);
  return all;
}

}  // namespace

/// Refuses messages whose header lacks a field, repeats one that may stand there once, or has a
/// Date far from today. See doc/plugins/headers.md.
class Headers final : public Checker {
 public:
  explicit Headers(PluginContext& ctx) : Checker(ctx) {
    ctx.args.alias("days", "past");
    required_ = field_names(ctx.args.value("require").value_or("From"));
    future_ = days(ctx, "future");
    past_ = days(ctx, "past");
  }

  // Before the server adds fields of its own; nobody is exempt from sending a message.
  Result on_data_post_headers(Transaction& txn) {
    if (txn.header.size() > 0) return declined();
    const bool is_empty = txn.body().size() == 0;
    return reject(
        deny(is_empty ? "You must send some data first (#5.6.0)" : "Headers are missing (#5.6.0)"));
  }

  Result on_data_post(Transaction& txn) {
    if (immune(txn)) return declined();
    std::vector<std::string> problems = wrong_fields(txn.header);
    if (auto problem = wrong_date(txn.header)) problems.push_back(*std::move(problem));
    if (problems.empty()) return passed("header fields");
    adjust_karma(-static_cast<int>(problems.size()));
    return reject(deny(joined(problems, "\n") + " (#5.6.0)"), joined(problems, "; "));
  }

 private:
  static std::optional<std::chrono::days> days(PluginContext& ctx, std::string_view name) {
    constexpr std::int64_t none = 0, century = 36'525;
    const std::int64_t number = ctx.args.number(name, none, 1, century);
    return number == none ? std::nullopt : std::optional(std::chrono::days(number));
  }

  std::vector<std::string> wrong_fields(const HeaderList& header) const {
    std::vector<std::string> problems;
    for (const std::string_view name : required_) {
      if (!header.get(name))
        problems.push_back("We require a valid " + std::string(name) + " header");
    }
    for (const std::string_view name : singular) {
      if (header.get_all(name).size() > 1) {
        problems.push_back("Only one " + std::string(name) +
                           " header allowed. See RFC 5322, Section 3.6");
      }
    }
    return problems;
  }

  std::optional<std::string> wrong_date(const HeaderList& header) const {
    const auto value = header.get("Date");
    if (!value || (!future_ && !past_)) return {};
    const auto date = parse_mail_date(*value);
    if (!date) {
      log(Level::info, "the Date cannot be read, so that its age is not checked");
      return {};
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(ctx().clock().wall());
    if (past_ && *date < now - *past_) return "The Date header is too far in the past";
    if (future_ && *date > now + *future_) return "The Date header is too far in the future";
    return {};
  }

  std::vector<std::string_view> required_;
  std::optional<std::chrono::days> future_, past_;
};

SMTPD_PLUGIN(Headers, "headers", data_post_headers, data_post)

}  // namespace smtpd
