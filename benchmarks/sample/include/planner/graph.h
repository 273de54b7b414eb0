// Places and the ways between them.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace planner {

/// Index of a place in its graph.
using PlaceId = std::size_t;

/// A one-way connection; `length` is in metres.
struct Way {
    PlaceId to;
    double length;
};

/// A directed graph whose places have names.
class Graph {
public:
    /// The place called `name`, added when it is new.
    PlaceId place(const std::string& name);

    /// Connect two places in both directions.
    void connect(PlaceId from, PlaceId to, double length);

    const std::vector<Way>& ways(PlaceId from) const { return ways_[from]; }
    const std::string& name(PlaceId place) const { return names_[place]; }
    std::size_t size() const { return names_.size(); }

private:
    std::unordered_map<std::string, PlaceId> ids_;
    std::vector<std::string> names_;
    std::vector<std::vector<Way>> ways_;
};

}  // namespace planner
