#pragma once
/// From a complete message to the queue: the message hooks, our trace fields, the reply.
#include <optional>

#include "lib/host/host.hpp"
#include "lib/session/policy.hpp"

namespace smtpd {

/// Runs the hook data_headers_end. Returns what it refuses the message with. None if it goes on,
/// also when a plugin has answered (DONE): in the middle of a message nothing can be said.
std::optional<Consequence> check_header(Host& host, Transaction& txn);

struct Delivery {
  Consequence consequence = {};
  bool reached_queue = false;  ///< the hook queue was run, so queue_post is to follow the reply
};

/// Runs the hooks data_post_headers, data_post, queue_pre and queue as far as they let the message
/// on, and adds Received and Authentication-Results before data_post.
Delivery deliver(Host& host, Transaction& txn);

}  // namespace smtpd
