#include "lib/base/json.hpp"

#include <unistd.h>

#include <algorithm>

#include "lib/base/utc.hpp"
#include "lib/kit/log_output.hpp"

namespace smtpd {
namespace {

// With the rest of the object a line stays below PIPE_BUF, so that processes that share a pipe
// cannot break each other's lines.
constexpr std::size_t longest_value = 600, longest_message = 3000;

/// RFC 3339 in UTC, with microseconds.
std::string timestamp(WallTime when) {
  using namespace std::chrono;
  const std::tm parts = utc(when);
  const auto micro = floor<microseconds>(when.time_since_epoch()) % seconds(1);
  std::array<char, 64> text;
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                    parts.tm_min, parts.tm_sec, static_cast<int>(micro.count()));
  return {text.data(), static_cast<std::size_t>(length)};
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
class Json final : public Plugin {
 public:
  explicit Json(PluginContext& ctx) : Plugin(ctx), output_(ctx) {}

  Logged on_logging(const LogRecord& record) {
    if (output_.wants(record)) output_.write(line(record), record);
    return Logged::next;
  }

  void on_check() { output_.check(); }

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
        .raw(message == "summary" ? message : "fields", smtpd::object(record.fields))
        .take();
  }

  LogOutput output_;
};

SMTPD_PLUGIN(Json, "logging/json", logging, check)

}  // namespace smtpd
