#include "planner/route.h"

#include <algorithm>
#include <stdexcept>

namespace planner {
namespace {

/// Metres of the shortest way between two neighbours.
double length_between(const Graph& graph, PlaceId from, PlaceId to) {
    double best = -1;
    for (const Way& way : graph.ways(from))
        if (way.to == to && (best < 0 || way.length < best)) best = way.length;
    return best;
}

}  // namespace

Route follow_back(const Graph& graph, const std::vector<PlaceId>& previous, PlaceId from,
                  PlaceId to) {
    Route route;
    for (PlaceId place = to; place != from; place = previous[place]) {
        route.places.push_back(place);
        route.length += length_between(graph, previous[place], place);
    }
    route.places.push_back(from);
    std::reverse(route.places.begin(), route.places.end());
    return route;
}

std::unique_ptr<Finder> make_finder(const std::string& name, const Graph& graph) {
    if (name == "shortest") return std::make_unique<ShortestFinder>(graph);
    if (name == "fewest") return std::make_unique<FewestStopsFinder>(graph);
    throw std::invalid_argument("no such finder: " + name);
}

}  // namespace planner
