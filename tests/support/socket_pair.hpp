#pragma once
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "lib/base/unique_fd.hpp"

namespace smtpd::transcript {

/// A connection; `near` is the end of what is tested.
struct SocketPair {
  SocketPair() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  UniqueFd near, far;
};

}  // namespace smtpd::transcript
