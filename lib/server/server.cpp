#include "lib/server/server.hpp"

#include <exception>
#include <new>
#include <string_view>

#include "lib/base/module.hpp"
#include "lib/host/host.hpp"
#include "lib/host/registry.hpp"
#include "lib/server/peer.hpp"
#include "lib/server/setup.hpp"
#include "lib/session/session.hpp"

namespace smtpd {
namespace {

constexpr int exit_trouble = 111;  // qmail's and tcpserver's code for a trouble that may pass

/// Tells the client; where and why is the administrator's business.
void send(const Caller& caller, const Clock& clock, std::string_view reply) {
  constexpr seconds patience{10};
  [[maybe_unused]] const auto sent = caller.stream.write(reply, clock.after(patience));
}

int serve_session(const Options& options, const Caller& caller, Services& services, Log& log) {
  const Places places = find_config(options, services.environment);
  Config config(places.config, places.qmail, log);
  Connection conn;
  identify(options, services.environment, caller.socket, conn);
  const auto modules = [] { return modules_of(program_directory()); };
  Host host({.config = config,
             .log = log,
             .services = services,
             .conn = conn,
             .module_directory = modules,
             .plugin_dirs = options.plugin_dirs,
             .client = &caller.stream});
  if (const auto ready = prepare(options, config, log, host); !ready) {
    log.log(Level::crit, "configuration error, the client gets 421: " + ready.error().what);
    send(caller, services.clock, "421 configuration error, please try again later\r\n");
    return exit_trouble;
  }
  if (conn.scripted)
    log.log(Level::notice,
            "standard input is no socket: a scripted session, a bare LF ends a line");
  Session session({host, caller.stream, services.environment});
  return session.run() ? 0 : exit_trouble;
}

}  // namespace

int serve(const Options& options, const Caller& caller, Services& services) {
  Log log(services.log, services.clock);
  // Before the session: there, Session::run catches.
  const auto fail = [&](std::string_view what) {
    send(caller, services.clock, "421 4.3.0 internal error, please try again later\r\n");
    log.log(Level::crit, "internal error, the client gets 421: " + std::string(what));
    return exit_trouble;
  };
  try {
    return serve_session(options, caller, services, log);
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace smtpd
