#include "lib/kit/log_output.hpp"

#include <algorithm>
#include <array>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

std::string quoted(std::string_view text) { return '\'' + printable(text) + '\''; }

/// The words of a logger's line, taken one after the other.
class ArgumentReader {
 public:
  ArgumentReader(PluginContext& ctx, std::span<const LogOutput::Option> options)
      : ctx_(ctx), options_(options), level_(ctx.log_level()) {
    while (const auto word = ctx.args.any_word()) read(*word);
  }
  Level level() const { return level_; }
  /// Without a name if no path was given.
  io::LogFile::Target take_target() { return std::move(target_); }

 private:
  void read(std::string_view word) {
    if (word == "loglevel") {
      level_ = level_of(value(word));
    } else if (word == "nosplit") {
      target_.keeps_name = true;
    } else if (const auto* const option = find(word)) {
      *option->value = value(word);
    } else if (word.starts_with('|')) {
      read_program(word.substr(1));
    } else if (!target_.name.empty()) {
      complain(word);
    } else if (word != "reopen") {  // each session opens the file anew
      target_.name = word;
    }
  }

  const LogOutput::Option* find(std::string_view word) const {
    const auto found = std::ranges::find(options_, word, &LogOutput::Option::name);
    return found == options_.end() ? nullptr : &*found;
  }

  std::string_view value(std::string_view name) {
    const auto word = ctx_.args.any_word();
    if (!word) throw ConfigError("argument " + std::string(name) + " needs a value");
    return *word;
  }

  void read_program(std::string_view path) {
    if (!target_.name.empty()) complain("|" + std::string(path));
    if (path.empty()) path = value("|");
    if (!path.starts_with('/'))
      throw ConfigError("a program is given by its whole path, not " + quoted(path));
    target_.name = path;
    target_.is_program = true;
    while (const auto word = ctx_.args.any_word()) target_.arguments.emplace_back(*word);
  }

  [[noreturn]] void complain(std::string_view second) const {
    std::vector<std::string_view> names{"loglevel", "nosplit", "reopen"};
    for (const LogOutput::Option& option : options_) names.push_back(option.name);
    const std::string text =
        "it has one path, not " + quoted(target_.name) + " and " + quoted(second);
    for (const std::string_view word : {std::string_view(target_.name), second}) {
      const std::string_view near = nearest(word, names);
      if (!near.empty()) throw ConfigError(text + "; did you mean " + quoted(near) + "?");
    }
    throw ConfigError(text);
  }

  PluginContext& ctx_;
  std::span<const LogOutput::Option> options_;
  Level level_;
  io::LogFile::Target target_;
};

}  // namespace

Level level_of(std::string_view word) {
  if (const auto level = to_level(word)) return *level;
  throw ConfigError("the level is 0 to 7 or a name such as LOGINFO, not " + quoted(word));
}

LogOutput::LogOutput(PluginContext& ctx, std::span<const Option> options)
    : ctx_(ctx), fallback_(ctx) {
  ArgumentReader reader(ctx, options);
  level_ = reader.level();
  ctx.wants_log(level_);
  auto target = reader.take_target();
  if (!target.name.empty()) file_.emplace(std::move(target), ctx.clock());
}

void LogOutput::check() const {
  const std::string problem = file_ ? file_->why_not_writable() : std::string();
  if (!problem.empty()) ctx_.problem(problem);
}

void LogOutput::write(std::string_view line, const LogRecord& record) {
  if (!file_) return ctx_.services().log.write(line);
  const auto written = file_->append(line, record.id.substr(0, record.id.find('.')));
  if (!written) fallback_.write(written.error(), record);
}

void LogFallback::write(const Error& why, const LogRecord& record) {
  LogSink& sink = ctx_.services().log;
  if (!std::exchange(complained_, true)) {
    const std::string text = why.what + "; the lines come here";
    sink.write(log_line({Level::error, to_string(Hook::logging), ctx_.name(), text, record.id}));
  }
  sink.write(log_line(record));
}

}  // namespace smtpd
