#pragma once
/// What the module smtpd-lmdb exports.
#include <expected>
#include <memory>
#include <string>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/services/map.hpp"

namespace smtpd {

using OpenedMap = std::expected<std::unique_ptr<Map>, Error>;

}  // namespace smtpd

/// See open_lmdb().
extern "C" SMTPD_API smtpd::OpenedMap smtpd_open_lmdb(std::string path) noexcept;
