// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, PowerW, ProductId} from "../types/Types.sol";

/// @notice Flexibility products: all that tells one from another are these parameters, so that a new one needs no
/// deployment. A product never changes; whoever defined it may retire it, and is the only one to buy by it.
///
/// Penalty bands, packed, 6 bytes each, ascending, at most 8: abovePermille 2, price 4. Each prices, in micro-euro per
/// kWh, the part of a deficiency above so many thousandths of what was ordered, up to where the next band starts;
/// below the first one is the deadband.
///
/// Baseline methods, packed, 15 bytes each, the first and then what stands in for it, at most 5: method 1, a 3, b 3, c
/// 3, adjustment 1 (0 none, 1 additive, 2 multiplicative), cap in percent 2, window in periods 1, gap in periods 1. Of
/// a nomination a is the seconds before the day's first period by which it is committed; of meter-before-meter-after a
/// and b are the periods before and after; of the means of similar days a is how many calendar days are looked back;
/// of a control group a is its days, b those looked back, c the fewest members.
interface IFlexProducts {
    enum Purpose {
        Power,
        Voltage,
        TransferCapacity,
        Energy
    }

    /// @dev From the narrowest to the widest: where calls of one asset conflict, the narrower level comes first.
    enum Level {
        Household,
        Microgrid,
        Cell,
        Region,
        System
    }

    enum Direction {
        ConsumeLess,
        ConsumeMore
    }

    enum Method {
        Nomination,
        MeterBeforeMeterAfter,
        TenOfTen,
        HighFiveOfTen,
        ControlGroup
    }

    /// @param activationLead Seconds before the first period by which an order has to be there.
    /// @param longestActivation Seconds for which an activation lasts at most; `recovery` for which an asset rests
    /// then.
    /// @param minimumSize Of what is offered or ordered in a period; at least 4 W.
    /// @param availabilityPrice The most that is paid for standing ready, in micro-euro per kW and period.
    /// @param utilisationPrice The most that a contract agrees on, in micro-euro per kWh.
    /// @param resolution Seconds between measurements of delivery; divides a period.
    struct Product {
        Purpose purpose;
        Level level;
        Direction direction;
        uint32 activationLead;
        uint32 longestActivation;
        uint32 recovery;
        PowerW minimumSize;
        uint32 availabilityPrice;
        uint32 utilisationPrice;
        uint16 resolution;
        bytes penalty;
        bytes baseline;
    }

    event ProductDefined(
        ProductId indexed productId,
        AreaId indexed area,
        address indexed buyer,
        string name,
        Product product
    );
    event ProductRetired(ProductId indexed productId);

    error FlexProductsUnknown(ProductId productId);
    error FlexProductsRetired(ProductId productId);
    /// @notice `parameter` names the one that is out of its range.
    error FlexProductsInvalid(string parameter);
    /// @notice Whoever defined the product alone buys by it and retires it.
    error FlexProductsNotTheBuyer(ProductId productId, address caller);

    /// @notice By a DSO of the area, or for products of level System by a TSO of the area. The name is 1 to 64 bytes.
    /// @custom:access credential DSO of the area, or TSO for products of level System
    function defineProduct(
        AreaId area,
        string calldata name,
        Product calldata product
    ) external returns (ProductId productId);
    /// @notice Nothing new is requested or reserved by it; what is ordered stays.
    /// @custom:access whoever defined the product
    function retireProduct(ProductId productId) external;

    function productOf(ProductId productId) external view returns (Product memory);
    function areaOf(ProductId productId) external view returns (AreaId);
    function isRetired(ProductId productId) external view returns (bool);
    /// @notice Who defined it, and whether that was as a TSO.
    function buyerOf(ProductId productId) external view returns (address buyer, bool isTso);
    /// @notice Reverts unless `caller` defined the product and still holds the role.
    function requireBuyer(ProductId productId, address caller) external view;
    function productCount() external view returns (uint256);
}
