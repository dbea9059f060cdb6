#include "lib/base/json.hpp"

#include <unistd.h>

#include <algorithm>

#include "lib/kit/log_output.hpp"

namespace smtpd {
namespace {

// With the rest of the object a line stays below PIPE_BUF, so that processes that share a pipe
// cannot break each other's lines.
constexpr std::size_t longest_value = 600, longest_message = 3000;

/// RFC 3339 in UTC, with microseconds. Without libc's help: even gmtime_r reads the time zone file.
std::string timestamp(WallTime when) {
  using namespace std::chrono;
  const auto midnight = floor<days>(when);
  const year_month_day date{midnight};
  const hh_mm_ss time{floor<microseconds>(when - midnight)};
  std::string text;
  const auto add = [&text](unsigned number, std::size_t digits, std::string_view after) {
    const std::string plain = std::to_string(number);
    text.append(digits - std::min(digits, plain.size()), '0').append(plain).append(after);
  };
  add(static_cast<unsigned>(static_cast<int>(date.year())), 4, "-");
  add(static_cast<unsigned>(date.month()), 2, "-");
  add(static_cast<unsigned>(date.day()), 2, "T");
  add(static_cast<unsigned>(time.hours().count()), 2, ":");
  add(static_cast<unsigned>(time.minutes().count()), 2, ":");
  add(static_cast<unsigned>(time.seconds().count()), 2, ".");
  add(static_cast<unsigned>(time.subseconds().count()), 6, "Z");
  return text;
}

/// An object that grows.
class Object {
 public:
  Object& text(std::string_view name, std::string_view value, std::size_t most = longest_value) {
    if (value.empty()) return *this;
    begin(name);
    append_json(text_, value, most);
    return *this;
  }
  Object& raw(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    begin(name);
    text_ += value;
    return *this;
  }
  std::string take() { return std::move(text_.append(text_.empty() ? "{}" : "}")); }

 private:
  void begin(std::string_view name) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":");
  }
  std::string text_;
};

std::string object(std::span<const LogField> fields) {
  if (fields.empty()) return {};
  Object object;
  for (const LogField& field : fields) {
    if (field.is_number) {
      object.raw(field.name, field.value);
    } else if (field.value.empty()) {
      object.raw(field.name, "null");
    } else {
      object.text(field.name, field.value);
    }
  }
  return object.take();
}

}  // namespace

/// Log lines as JSON objects. See doc/plugins/logging/json.md.
class Json final : public PluginWith<Hook::logging, Hook::check> {
 public:
  explicit Json(PluginContext& ctx) : PluginWith(ctx), output_(ctx) {}

  Logged on_logging(const LogRecord& record) override {
    if (output_.wants(record)) output_.write(line(record), record);
    return Logged::next;
  }

  void on_check() override { output_.check(); }

 private:
  std::string line(const LogRecord& record) const {
    const auto dot = std::min(record.id.find('.'), record.id.size());
    const bool fields = !record.fields.empty();
    Object object;
    object.text("time", timestamp(ctx().clock().wall()))
        .raw("pid", std::to_string(::getpid()))
        .text("level", to_string(record.level))
        .text("session", record.id.substr(0, dot))
        .raw("transaction", record.id.substr(std::min(dot + 1, record.id.size())))
        .text("hook", record.hook)
        .text("plugin", record.plugin);
    if (!record.plugin.empty()) object.text("verdict", verdict_of(record.text));
    // What the fields say need not be said twice.
    const auto message = fields ? record.text.substr(0, record.text.find(':')) : record.text;
    return object.text("message", message, longest_message)
        .raw(message, smtpd::object(record.fields))
        .take();
  }

  LogOutput output_;
};

SMTPD_PLUGIN(Json, "logging/json")

}  // namespace smtpd
