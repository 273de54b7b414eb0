// A route and the ways to find one.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "planner/graph.h"

namespace planner {

/// Places in the order they are visited, and the metres between them.
struct Route {
    std::vector<PlaceId> places;
    double length = 0;
};

/// Finds a route through a graph that must outlive it.
class Finder {
public:
    explicit Finder(const Graph& graph) : graph_(graph) {}
    virtual ~Finder() = default;

    /// A route between two places, or nothing where none exists.
    virtual std::optional<Route> find(PlaceId from, PlaceId to) const = 0;

protected:
    const Graph& graph_;
};

/// The route with the fewest metres.
class ShortestFinder : public Finder {
public:
    using Finder::Finder;
    std::optional<Route> find(PlaceId from, PlaceId to) const override;
};

/// The route with the fewest places.
class FewestStopsFinder : public Finder {
public:
    using Finder::Finder;
    std::optional<Route> find(PlaceId from, PlaceId to) const override;
};

/// The finder that the command line names: "shortest" or "fewest".
std::unique_ptr<Finder> make_finder(const std::string& name, const Graph& graph);

/// Follow `previous` back from `to` and give the route in travelling order.
Route follow_back(const Graph& graph, const std::vector<PlaceId>& previous, PlaceId from,
                  PlaceId to);

}  // namespace planner
