#include "tests/support/peer_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lib/base/text.hpp"
#include "tests/support/peer_ports.hpp"

namespace smtpd::transcript {

std::expected<std::unique_ptr<PeerServer>, std::string> PeerServer::start(
    PeerScript script, const Variables& variables, std::chrono::milliseconds patience) {
  std::unique_ptr<PeerServer> server(new PeerServer(std::move(script), variables, patience));
  if (server->script_.refuses) return server;
  const std::string& place = variables.find(server->script_.name)->second;
  const auto port = to_number(place);
  server->listener_ = port ? bound_socket(static_cast<std::uint16_t>(*port)) : bound_socket(place);
  server->stop_.reset(::eventfd(0, EFD_CLOEXEC));
  constexpr int backlog = 16;
  if (!server->listener_ || !server->stop_ || ::listen(server->listener_.get(), backlog) != 0)
    return std::unexpected("cannot listen as peer " + server->script_.name);
  server->thread_ = std::thread([peer = server.get()] { peer->run(); });
  return server;
}

UniqueFd PeerServer::accept() const {
  std::array<pollfd, 2> entries{pollfd{listener_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0) {
  }
  if (!(entries[0].revents & POLLIN)) return {};
  return UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

void PeerServer::run() {
  for (const auto& steps : script_.connections) {
    const UniqueFd fd = accept();
    if (!fd) {
      problem_ = Problem{script_.line, "the peer has connections that nobody makes"};
      return;
    }
    problem_ = serve(steps, fd.get());
    if (problem_) return;
  }
  if (accept()) problem_ = Problem{script_.line, "the peer gets a connection more than it has"};
}

std::optional<Problem> PeerServer::serve(const std::vector<PeerStep>& steps, int fd) const {
  PeerTalk talk(steps, variables_);
  std::array<char, 4096> buffer;
  while (true) {
    switch (talk.next()) {
      case PeerTalk::Next::say: {
        const std::string said = talk.said();
        if (::send(fd, said.data(), said.size(), MSG_NOSIGNAL) < 0) return talk.finish();
        continue;
      }
      case PeerTalk::Next::wait:
      case PeerTalk::Next::hang: break;
      default: return talk.finish();
    }
    pollfd entry{fd, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(patience_.count())) != 1) return talk.finish();
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return talk.finish();
    talk.receive({buffer.data(), static_cast<std::size_t>(got)});
  }
}

std::optional<Problem> PeerServer::finish() {
  if (!thread_.joinable()) return problem_;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
  return problem_;
}

}  // namespace smtpd::transcript
