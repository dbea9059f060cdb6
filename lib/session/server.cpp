#include "lib/session/server.hpp"

#include <unistd.h>

#include <array>
#include <new>

#include "lib/base/text.hpp"
#include "lib/plugin/host.hpp"
#include "lib/plugin/registry.hpp"
#include "lib/session/peer.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

constexpr int exit_config = 111;  // qmail's and tcpserver's code for a trouble that may pass

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

struct Places {
  std::string config, qmail;
};

/// Where the configuration is: the option, QPSMTPD_CONFIG, config/ beside the binary, /etc/smtpd.
Places find_config(const Options& options, const World& world) {
  if (!options.config_dir.empty()) return {options.config_dir, {}};
  const auto variable = world.environment.get("QPSMTPD_CONFIG");
  if (variable && !variable->empty() && exists(std::string(*variable)))
    return {std::string(*variable), {}};
  Places places{(world.program_directory ? world.program_directory() : std::string()) + "/config",
                {}};
  if (!exists(places.config)) places.config = "/etc/smtpd";
  const auto qmail = world.environment.get("QMAIL");
  places.qmail = std::string(qmail && !qmail->empty() ? *qmail : "/var/qmail") + "/control";
  return places;
}

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "localhost";
  return buffer.data();
}

/// The log level: the option, else config loglevel. Errors: config.
std::expected<void, Error> set_level(const Options& options, Config& config, Log& log) {
  if (options.log_level) {
    log.set_level(*options.log_level);
    return {};
  }
  const auto lines = config.file_lines("loglevel");
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return {};
  const ConfigLine& line = (*lines)->front();
  const auto level = to_level(line.text);
  if (!level) {
    return std::unexpected(
        Error{Errc::config,
              line.where() + ": loglevel is 0 to 7 or a level's name, not '" + line.text + '\''});
  }
  log.set_level(*level);
  return {};
}

/// `me`: config me, else the machine's name. It stands in every reply, so it must be clean. Errors:
/// those of the file.
std::expected<std::string, Error> own_name(Config& config) {
  auto configured = config.value("me");
  if (!configured) return std::unexpected(configured.error());
  return printable(*configured ? **configured : host_name());
}

/// Everything that must be known before the first word. The first problem is returned, all that
/// were found are in the log.
std::expected<void, Error> prepare(const Options& options, Config& config, Log& log, Host& host) {
  const auto level = set_level(options, config, log);
  const auto logging = host.load_logging();
  const auto plugins = host.load_plugins();
  const auto me = own_name(config);
  const auto greeting = config.value("smtpgreeting");  // the first file that a session needs
  if (me) host.set_me(*me);
  if (config.problem()) return std::unexpected(*config.problem());
  for (const auto* result : {&level, &logging, &plugins}) {
    if (!*result) return std::unexpected(result->error());
  }
  if (!me) return std::unexpected(me.error());
  if (!greeting) return std::unexpected(greeting.error());
  return {};
}

constexpr seconds patience{10};  // with a client that reads its last reply slowly

int refuse(const World& world, Log& log, const Error& error) {
  log.log(Level::crit, "configuration error, the client gets 421: " + error.what);
  // The client sees no more than that: where and why is the administrator's business.
  [[maybe_unused]] const auto sent = world.stream.write(
      "421 configuration error, please try again later\r\n", world.clock.after(patience));
  return exit_config;
}

int serve_session(const Options& options, const World& world) {
  Log log(world.log, world.clock);
  const Places places = find_config(options, world);
  Config config(places.config, places.qmail, log);
  Connection conn;
  identify(options, world, conn);
  const auto modules = [&] {
    return modules_of(world.program_directory ? world.program_directory() : std::string());
  };
  Host host({config, log, world.clock, world.environment, conn, modules});
  if (const auto ready = prepare(options, config, log, host); !ready)
    return refuse(world, log, ready.error());
  if (conn.scripted)
    log.log(Level::notice,
            "standard input is no socket: a scripted session, a bare LF ends a line");
  Session session({host, world.stream, world.environment});
  return session.run() == Session::Outcome::served ? 0 : exit_config;
}

/// Whatever the session held is free again here.
int out_of_memory(const World& world) {
  [[maybe_unused]] const auto sent = world.stream.write(
      "421 4.3.0 out of memory, try again later\r\n", world.clock.after(patience));
  Log(world.log, world.clock).log(Level::crit, "out of memory, the client gets 421");
  return exit_config;
}

}  // namespace

int serve(const Options& options, const World& world) {
  try {
    return serve_session(options, world);
  } catch (const std::bad_alloc&) {
    return out_of_memory(world);
  }
}

}  // namespace smtpd
