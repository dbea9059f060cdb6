#include "lib/base/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

constexpr unsigned v4_bits = 32, v6_bits = 128;

/// `192.0.` or `2001:db8:`: completed with zeros, and the bits that were there.
std::optional<std::pair<std::string, unsigned>> complete_prefix(std::string_view text) {
  if (text.size() < 2) return {};
  const char separator = text.back();
  const auto parts = static_cast<unsigned>(std::ranges::count(text, separator));
  if (separator == '.' && parts < 4) {
    std::string whole(text);
    for (unsigned part = parts; part < 4; ++part) whole += part == 3 ? "0" : "0.";
    return std::pair(whole, parts * 8);
  }
  if (separator == ':' && parts < 8 && text.find("::") == text.npos)
    return std::pair(std::string(text) + ':', parts * 16);
  return {};
}

/// Four numbers without leading zeros, as inet_pton(3) takes them. Most clients are read and
/// written here: libc's functions lie apart from what a session otherwise needs, and inet_ntop(3)
/// prints with sprintf (six page faults of a start).
std::optional<IpAddress> parse_v4(std::string_view text) {
  IpAddress address;
  for (std::size_t octet = 0; octet < 4; ++octet) {
    const auto dot = octet < 3 ? text.find('.') : text.size();
    if (dot == text.npos || dot == 0 || dot > 3 || (dot > 1 && text.front() == '0')) return {};
    const auto number = to_number(text.substr(0, dot));
    if (!number || *number > UINT8_MAX) return {};
    address.octets[octet] = static_cast<unsigned char>(*number);
    text.remove_prefix(octet < 3 ? dot + 1 : dot);
  }
  return address;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == text.npos) return parse_v4(text);
  if (text.find('\0') != text.npos) return {};  // inet_pton would stop there
  IpAddress address{.v6 = true};
  if (::inet_pton(AF_INET6, std::string(text).c_str(), address.octets.data()) == 1) return address;
  return {};
}

bool is_loopback(const IpAddress& address) {
  constexpr unsigned char v4_loopback = 127;
  if (!address.v6) return address.octets[0] == v4_loopback;
  return address == *IpAddress::parse("::1");
}

IpAddress IpAddress::unmapped() const {
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0,         0,
                                                 0, 0, 0, 0, UINT8_MAX, UINT8_MAX};
  if (!v6 || !std::equal(mapped.begin(), mapped.end(), octets.begin())) return *this;
  IpAddress v4;
  std::copy(octets.begin() + mapped.size(), octets.end(), v4.octets.begin());
  return v4;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (v6) return ::inet_ntop(AF_INET6, octets.data(), buffer.data(), buffer.size());
  char* end = buffer.data();
  for (std::size_t octet = 0; octet < 4; ++octet) {
    if (octet > 0) *end++ = '.';
    end = std::to_chars(end, buffer.data() + buffer.size(), unsigned{octets[octet]}).ptr;
  }
  return {buffer.data(), end};
}

std::vector<std::string> IpAddress::prefixes() const {
  std::vector<std::string> all;
  std::string prefix;
  if (v6) {
    for (std::size_t group = 0; group < 7; ++group) {
      std::array<char, 8> hex{};
      const unsigned value = (unsigned{octets[2 * group]} << 8) | octets[2 * group + 1];
      prefix.append(hex.data(), std::to_chars(hex.data(), hex.data() + hex.size(), value, 16).ptr);
      all.push_back(prefix += ':');
    }
  } else {
    for (std::size_t octet = 0; octet < 3; ++octet)
      all.push_back(prefix += std::to_string(octets[octet]) + '.');
  }
  std::ranges::reverse(all);
  return all;
}

bool are_neighbours(const IpAddress& one, const IpAddress& other) {
  const IpAddress left = one.unmapped(), right = other.unmapped();
  const std::size_t octets = left.v6 ? 8 : 3;
  return left.v6 == right.v6 && std::ranges::equal(std::span(left.octets).first(octets),
                                                   std::span(right.octets).first(octets));
}

std::optional<Network> Network::parse(std::string_view text) {
  Network network;
  const auto slash = text.find('/');
  std::string address(text.substr(0, slash));
  std::optional<unsigned> bits;
  if (slash != text.npos) {
    const auto number = to_number(text.substr(slash + 1));
    if (!number || *number > v6_bits) return {};
    bits = static_cast<unsigned>(*number);
  } else if (auto prefix = complete_prefix(text)) {
    address = prefix->first;
    bits = prefix->second;
  }
  const auto base = IpAddress::parse(address);
  if (!base) return {};
  const unsigned most = base->v6 ? v6_bits : v4_bits;
  if (bits.value_or(most) > most) return {};
  network.base_ = *base;
  network.bits_ = bits.value_or(most);
  return network;
}

bool Network::contains(const IpAddress& address) const {
  if (address.v6 != base_.v6) return false;
  const std::size_t whole = bits_ / 8;
  if (!std::equal(base_.octets.begin(), base_.octets.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.octets.begin())) {
    return false;
  }
  const unsigned rest = bits_ % 8;
  return rest == 0 || ((base_.octets[whole] ^ address.octets[whole]) >> (8 - rest)) == 0;
}

}  // namespace smtpd
