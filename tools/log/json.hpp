#pragma once
/// Reads the objects that logging/json writes (RFC 8259): members with strings, numbers, truth
/// values, null, and objects of such.
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtpd::log_tool {

/// The members by their names; those of an object in it are `NAME.MEMBER`. Strings are in UTF-8,
/// other values as they stand, null is empty. The last of two with the same name counts. None if
/// the text is no such object, or if anything but white space stands behind it.
std::optional<std::map<std::string, std::string>> read_object(std::string_view text);

}  // namespace smtpd::log_tool
