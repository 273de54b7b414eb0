#include "planner/graph.h"

namespace planner {

PlaceId Graph::place(const std::string& name) {
    auto [found, is_new] = ids_.try_emplace(name, names_.size());
    if (is_new) {
        names_.push_back(name);
        ways_.emplace_back();
    }
    return found->second;
}

void Graph::connect(PlaceId from, PlaceId to, double length) {
    ways_[from].push_back({to, length});
    ways_[to].push_back({from, length});
}

}  // namespace planner
