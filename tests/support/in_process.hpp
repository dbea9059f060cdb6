#pragma once
/// Runs the sessions of a transcript inside this process: a scripted stream, a clock, a list of log
/// lines.
#include <functional>

#include "lib/server/server.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/scripted_stream.hpp"

namespace smtpd::transcript {

/// Keeps the lines of the log, but not what a server says about the end of a script that has
/// failed.
class ListSink final : public LogSink {
 public:
  explicit ListSink(const ScriptedStream& stream) : stream_(stream) {}
  void write(std::string_view line) override {
    if (!stream_.has_failed()) lines_.emplace_back(line);
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const ScriptedStream& stream_;
  std::vector<std::string> lines_;
};

class InProcess final : public Driver {
 public:
  using Serve = std::function<int(const Options&, const Caller&, Services&)>;
  explicit InProcess(Serve serve) : serve_(std::move(serve)) {}

  std::string_view name() const override { return "in process"; }
  std::optional<std::string> reason_to_skip(const Transcript& transcript) const override;
  Outcome run(const Section& session, Setting& setting) override;
  std::expected<Checkup, std::string> check(const Setting& setting) override;

 private:
  Serve serve_;
  ManualClock clock_;
};

}  // namespace smtpd::transcript
