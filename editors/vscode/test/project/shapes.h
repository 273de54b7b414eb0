#pragma once

/// Has an area.
struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};

/// Makes a shape with four equal sides.
Shape *make_square(double side);
