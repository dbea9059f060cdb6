#include "tests/support/in_process.hpp"

#include <exception>
#include <utility>

#include "lib/admin/admin.hpp"
#include "tests/support/closed_services.hpp"
#include "tests/support/fake_dialer.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/fake_resolver.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

std::expected<Options, std::string> options_of(const Setting& setting) {
  Options options;
  options.config_dir = setting.config_dir();
  for (const Option& option : setting.options) {
    if (option.name == "remote-ip") options.remote_ip = option.value;
    if (option.name == "remote-host") options.remote_host = option.value;
    if (option.name == "local-ip") options.local_ip = option.value;
    if (option.name != "log-level") continue;
    options.log_level = to_level(option.value);
    if (!options.log_level) return std::unexpected("log-level: no such level: " + option.value);
  }
  return options;
}

/// The exit code, or what kept the server from returning one.
std::expected<int, std::string> call(const InProcess::Serve& serve, const Options& options,
                                     const Caller& caller, Services& services) {
  try {
    return serve(options, caller, services);
  } catch (const Runaway&) {
    return std::unexpected("the server goes round in circles");
  } catch (const std::exception& error) {
    return std::unexpected(std::string("the server threw an exception: ") + error.what());
  }
}

}  // namespace

std::optional<std::string> InProcess::reason_to_skip(const Transcript& transcript) const {
  if (is_only(transcript, "black-box")) return "black box only";
  if (is_only(transcript, "static")) return "static only";
  if (has_step(transcript, [](const Step& step) { return !step.who.empty(); }))
    return "needs two processes";
  return {};
}

std::expected<Checkup, std::string> InProcess::check(const Setting& setting) {
  const auto options = options_of(setting);
  if (!options) return std::unexpected(options.error());
  StderrSink log;
  ClosedServices closed(clock_, log, Environment(setting.environment));
  const Printout printout = smtpd::check(*options, closed.services());
  return Checkup{.exit_code = printout.exit_code, .lines = lines_of(printout.output)};
}

Outcome InProcess::run(const Section& session, Setting& setting) {
  Outcome outcome;
  const auto options = options_of(setting);
  if (!options) {
    outcome.failure = Failure{session.line, options.error()};
    return outcome;
  }
  Dialogue dialogue(setting.variables, outcome.dialogue, "");
  ScriptedStream stream(session.steps, dialogue, clock_, setting);
  ListSink log(stream);
  FakeDialer dialer(std::exchange(setting.peers, {}), setting.variables, clock_);
  const Environment environment(setting.environment);
  FakePrograms programs(setting.programs, clock_);
  CryptoModule crypto;
  FakeResolver resolver(setting.dns, clock_);
  Services services{clock_, environment, log, dialer, programs, crypto, resolver};
  const Caller caller{
      .stream = stream,
      .socket = setting.stdin_is_file ? std::nullopt : std::optional(SocketAddresses())};
  const auto code = call(serve_, *options, caller, services);
  outcome.failure = stream.finish(session.line);
  if (!outcome.failure && code) {
    if (const auto problem = dialer.finish())
      outcome.failure = Failure{problem->line, problem->what};
  }
  if (!outcome.failure && programs.problem())
    outcome.failure = Failure{session.line, *programs.problem()};
  if (!outcome.failure && resolver.dns().problem())
    outcome.failure = Failure{session.line, *resolver.dns().problem()};
  outcome.asked = resolver.dns().asked();
  if (!outcome.failure && !code) outcome.failure = Failure{session.line, code.error()};
  if (!outcome.failure && *code != setting.exit_code) {
    const std::string expected = std::to_string(setting.exit_code);
    outcome.failure =
        Failure{session.line, "the exit code is " + std::to_string(*code) + ", not " + expected};
  }
  outcome.log = log.lines();
  clock_.move(seconds(1));  // no two sessions of a file begin at the same instant
  return outcome;
}

}  // namespace smtpd::transcript
